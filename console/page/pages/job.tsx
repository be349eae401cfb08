import { useEffect, useState } from 'preact/hooks';
import { isFinal } from '../../../cli/api/is-final.ts';
import { paths } from '../../../cli/api/paths.ts';
import { lengthOf } from '../../../cli/output/age.ts';
import type { Job, JobUser, JobUsers } from '../../../lambdas/openapi/job.ts';
import { href, type Place } from '../route.ts';
import { callService } from '../service/call.ts';
import { useLoad, usePaged } from '../service/use-load.ts';
import { StatusBadge } from '../ui/badge.tsx';
import { type Column, PagedTable } from '../ui/data-table.tsx';
import { Fact } from '../ui/fact.tsx';
import { Plot, type Sample } from '../ui/plot.tsx';
import { WhenLoaded } from '../ui/states.tsx';
import { count, countOf, Long, Said, UserId } from '../ui/text.tsx';
import { Time } from '../ui/time.tsx';
import { Why } from '../ui/why.tsx';
import { JobActions } from './job-actions.tsx';
import { ACTIONS, By } from './jobs.tsx';

/** Milliseconds between two looks at a job that runs. */
const EVERY = 1_000;

export function JobPage({ place: { parts } }: { readonly place: Place }) {
  const [, id = ''] = parts;
  const job = useLoad(
    id,
    (signal) => callService<Job>({ path: paths.job(id), signal }),
    (found) => (isFinal(found) ? undefined : EVERY),
  );
  return (
    <>
      <p class="trail">
        <a href={href(['jobs'])}>Jobs</a>
      </p>
      {job.state !== 'ready' && <h1>Job</h1>}
      <WhenLoaded of={job} what="the job">
        {(found) => <OneJob job={found} reload={job.reload} />}
      </WhenLoaded>
    </>
  );
}

function OneJob({ job, reload }: { readonly job: Job; readonly reload: () => void }) {
  const { id, action, users, status } = job;
  const samples = useSamples(job);
  const done = users.total - users.remaining;
  return (
    <>
      <h1>
        {ACTIONS[action]} {countOf(users.total, 'user')} <StatusBadge status={status} />
      </h1>
      <p>
        On <a href={href(['list', job.phone_number_id])}>{job.phone_number_id}</a>, by{' '}
        <By actor={job.requested_by} person={job.on_behalf_of} />, <Time at={job.created_at} />: <Why of={job} />
      </p>
      {job.error !== undefined && (
        <p class="warning">
          It ended before all were sent: <Said>{job.error.message}</Said>
        </p>
      )}
      <div class="progress">
        <progress max={Math.max(users.total, 1)} value={done} aria-label="Progress of the job" />
        <p role="status">
          {count(done)} of {count(users.total)} done
          {!isFinal(job) && <TimeLeft samples={samples} remaining={users.remaining} />}
        </p>
      </div>
      <dl class="facts">
        <Fact name="Succeeded" value={users.succeeded} />
        <Fact name="Wait to be blocked" value={users.deferred} />
        <Fact name="Failed" value={users.failed} />
        <Fact name="Remaining" value={users.remaining} />
      </dl>
      <Plot samples={samples} total={users.total} />
      <JobActions job={job} reload={reload} />
      {users.failed > 0 && <UsersOf key={`failed ${users.failed}`} id={id} outcome="failed" />}
      {users.deferred > 0 && <UsersOf key={`deferred ${users.deferred}`} id={id} outcome="deferred" />}
      <h2>Who asked for what</h2>
      <ol class="timeline">
        {job.activity.map(({ at, verb, actor, on_behalf_of: person }) => (
          <li key={`${at} ${verb}`}>
            <strong>{VERBS[verb]}</strong> by <By actor={actor} person={person} />, <Time at={at} />
          </li>
        ))}
      </ol>
    </>
  );
}

const VERBS: Readonly<Record<Job['activity'][number]['verb'], string>> = {
  created: 'Created',
  cancelled: 'Cancelled',
  retried: 'Tried again',
  reverted: 'Undone',
};

function sampleOf({ users }: Job, atMs: number): Sample {
  return { atMs, done: users.total - users.remaining, failed: users.failed };
}

/** What this page has seen of the job, and what the job says of its beginning and end. */
function useSamples(job: Job): readonly Sample[] {
  const [seen, setSeen] = useState<readonly Sample[]>([]);
  useEffect(() => {
    if (!isFinal(job)) setSeen((before) => [...before, sampleOf(job, Date.now())]);
  }, [job]);
  const startMs = Date.parse(job.retried_at ?? job.started_at ?? job.created_at);
  const first = { atMs: startMs, done: 0, failed: 0 };
  const inOrder = seen.filter(({ atMs }) => atMs > startMs);
  const end = job.finished_at ?? job.cancelled_at;
  if (!isFinal(job) || end === undefined) return [first, ...inOrder];
  const endMs = Math.max(Date.parse(end), startMs + 1);
  return [first, ...inOrder.filter(({ atMs }) => atMs < endMs), sampleOf(job, endMs)];
}

function TimeLeft({ samples, remaining }: { readonly samples: readonly Sample[]; readonly remaining: number }) {
  const first = samples[1];
  const last = samples.at(-1);
  if (first === undefined || last === undefined || last.done <= first.done) return null;
  const seconds = (remaining / (last.done - first.done)) * ((last.atMs - first.atMs) / 1000);
  return <>, about {lengthOf(seconds)} left</>;
}

const USER_COLUMNS: readonly Column<JobUser>[] = [
  {
    head: 'User',
    cell: ({ input, wa_id: waId, user_id: userId }) => {
      const id = waId ?? userId;
      return id === undefined ? (
        <Said>{input}</Said>
      ) : (
        <a href={href(['user', id])}>
          <UserId of={id} />
        </a>
      );
    },
  },
  { head: 'As it was sent', cell: ({ input }) => <Long text={input} /> },
  {
    head: 'Why',
    cell: ({ code, message }) => (
      <>
        {message !== undefined && <Long text={message} />} {code !== undefined && <span class="muted">({code})</span>}
      </>
    ),
  },
];

const TITLES = { failed: 'Users who failed', deferred: 'Users who wait to be blocked' } as const;

function UsersOf({ id, outcome }: { readonly id: string; readonly outcome: keyof typeof TITLES }) {
  const paged = usePaged(`${id} ${outcome}`, (after, signal) =>
    callService<JobUsers>({ path: paths.jobUsers(id), query: { outcome, limit: 50, after }, signal }),
  );
  return (
    <>
      <h2>{TITLES[outcome]}</h2>
      <PagedTable
        of={paged}
        what="users"
        caption={TITLES[outcome]}
        columns={USER_COLUMNS}
        keyOf={({ input }, index) => `${index} ${input}`}
        empty={<p class="muted">None.</p>}
      />
    </>
  );
}
