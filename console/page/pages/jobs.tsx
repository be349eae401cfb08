import { paths } from '../../../cli/api/paths.ts';
import type { Job, Jobs } from '../../../lambdas/openapi/job.ts';
import { goTo, href, type Place } from '../route.ts';
import { callService } from '../service/call.ts';
import { usePaged } from '../service/use-load.ts';
import { useNumbers } from '../service/use-numbers.ts';
import { STATUS_NAMES, StatusBadge } from '../ui/badge.tsx';
import { type Column, PagedTable } from '../ui/data-table.tsx';
import { NumberSelect } from '../ui/number-select.tsx';
import { Empty } from '../ui/states.tsx';
import { Actor, count, countOf, Said } from '../ui/text.tsx';
import { Time } from '../ui/time.tsx';
import { Why } from '../ui/why.tsx';

export const ACTIONS = { block: 'Block', unblock: 'Unblock', erase: 'Erase' } as const;

export const JOB_COLUMNS: readonly Column<Job>[] = [
  {
    head: 'Job',
    cell: ({ id, action, users }) => (
      <a href={href(['jobs', id])}>
        {ACTIONS[action]} {countOf(users.total, 'user')}
      </a>
    ),
  },
  { head: 'Status', cell: (job) => <JobStatus of={job} /> },
  { head: 'Number', cell: ({ phone_number_id }) => <span class="id">{phone_number_id}</span> },
  { head: 'Why', cell: (job) => <Why of={job} /> },
  { head: 'By', cell: (job) => <By actor={job.requested_by} person={job.on_behalf_of} /> },
  { head: 'Began', cell: ({ created_at }) => <Time at={created_at} /> },
];

export function By({ actor, person }: { readonly actor: string; readonly person?: string | undefined }) {
  return (
    <>
      <Actor of={actor} />
      {person !== undefined && (
        <>
          {' '}
          for{' '}
          <strong>
            <Said>{person}</Said>
          </strong>
        </>
      )}
    </>
  );
}

function JobStatus({ of: { status, users } }: { readonly of: Job }) {
  return (
    <>
      <StatusBadge status={status} />
      {users.failed > 0 && <div class="muted">{count(users.failed)} not done</div>}
      {(status === 'running' || status === 'queued') && (
        <div class="muted">{Math.floor((1 - users.remaining / Math.max(users.total, 1)) * 100)} % done</div>
      )}
    </>
  );
}

const PAGE = 25;

export function JobsPage({ place: { query } }: { readonly place: Place }) {
  const number = query.get('number') ?? '';
  const status = query.get('status') ?? '';
  const numbers = useNumbers();
  const paged = usePaged(`jobs ${number} ${status}`, (after, signal) =>
    callService<Jobs>({
      path: paths.jobs,
      query: { phone_number_id: number, status, limit: PAGE, after },
      signal,
    }),
  );
  const set = (part: Record<string, string>) => goTo(href(['jobs'], { number, status, ...part }));
  return (
    <>
      <h1>Jobs</h1>
      <form class="filters" onSubmit={(event) => event.preventDefault()}>
        <NumberSelect of={numbers} value={number} withAll onChange={(value) => set({ number: value })} />
        <label>
          Status
          <select name="status" value={status} onChange={(event) => set({ status: event.currentTarget.value })}>
            <option value="">Any</option>
            {Object.entries(STATUS_NAMES).map(([value, name]) => (
              <option key={value} value={value}>
                {name}
              </option>
            ))}
          </select>
        </label>
      </form>
      <PagedTable
        of={paged}
        what="jobs"
        caption="Jobs, newest first"
        columns={JOB_COLUMNS}
        keyOf={({ id }) => id}
        empty={
          <Empty title={number === '' && status === '' ? 'There is no job yet' : 'No job is so'}>
            <p>More than 1,000 users at a time, and imports, become jobs.</p>
          </Empty>
        }
      />
    </>
  );
}
