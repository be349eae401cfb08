import { isFinal } from '../../../cli/api/is-final.ts';
import { paths } from '../../../cli/api/paths.ts';
import type { Job } from '../../../lambdas/openapi/job.ts';
import { href } from '../route.ts';
import { callService } from '../service/call.ts';
import { useLoad } from '../service/use-load.ts';
import { count, countOf } from '../ui/text.tsx';
import { ACTIONS } from './jobs.tsx';

/** Which job this one undoes, and how much of it; or which one undoes it. */
export function Undoing({ job }: { readonly job: Job }) {
  return (
    <>
      {job.reverts !== undefined && <Undoes key={job.reverts} job={job} id={job.reverts} />}
      {job.reverted_by !== undefined && <UndoneBy key={job.reverted_by} id={job.reverted_by} />}
    </>
  );
}

function Undoes({ job, id }: { readonly job: Job; readonly id: string }) {
  const other = useOther(id);
  return (
    <>
      <p>
        <strong>
          This job undoes <OtherJob id={id} of={other} />
        </strong>
      </p>
      {other !== undefined && <HowMuch job={job} of={other} />}
    </>
  );
}

function UndoneBy({ id }: { readonly id: string }) {
  return (
    <p>
      <strong>
        Undone by <OtherJob id={id} of={useOther(id)} />
      </strong>
    </p>
  );
}

function useOther(id: string): Job | undefined {
  const other = useLoad(`other ${id}`, (signal) => callService<Job>({ path: paths.job(id), signal }));
  return other.state === 'ready' ? other.data : undefined;
}

function OtherJob({ id, of }: { readonly id: string; readonly of: Job | undefined }) {
  return (
    <a href={href(['jobs', id])}>
      {of === undefined ? id : `${ACTIONS[of.action]} ${countOf(of.users.total, 'user')}`}
    </a>
  );
}

/** Who of the other job is changed back. It left out who was so before that, and whom anybody has changed since. */
function HowMuch({ job, of }: { readonly job: Job; readonly of: Job }) {
  const { action, users } = job;
  const all = of.users.succeeded + of.users.deferred;
  const stay = Math.max(0, all - users.total);
  const verb = action === 'block' ? 'blocked' : 'unblocked';
  return (
    <p>
      {isFinal(job)
        ? `${countOf(users.succeeded, 'user')} ${users.succeeded === 1 ? 'was' : 'were'} ${verb}.`
        : `${countOf(users.total, 'user')} ${users.total === 1 ? 'is' : 'are'} to be ${verb}.`}
      {stay > 0 &&
        ` ${count(stay)} of the ${count(all)} of that job ${stay === 1 ? 'stays as it is' : 'stay as they are'}: ${
          of.action === 'block' ? 'blocked' : 'not blocked'
        } before it, or changed by somebody since.`}
    </p>
  );
}
