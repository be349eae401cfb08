import { useState } from 'preact/hooks';
import { isFinal } from '../../../cli/api/is-final.ts';
import { paths } from '../../../cli/api/paths.ts';
import type { Job } from '../../../lambdas/openapi/job.ts';
import type { Terms } from '../changes/plan-undo.ts';
import { goTo, href } from '../route.ts';
import { callService } from '../service/call.ts';
import { useMayChange } from '../service/facts.ts';
import { ChangeForm } from '../ui/change-form.tsx';
import { ConfirmButton } from '../ui/confirm-button.tsx';
import { tell } from '../ui/messages.tsx';
import { countOf } from '../ui/text.tsx';

/** What can be done with a job: stop it, try again what failed, undo it. */
export function JobActions({ job, reload }: { readonly job: Job; readonly reload: () => void }) {
  const mayChange = useMayChange();
  const [isAsked, setAsked] = useState(false);
  const { id, users, action } = job;
  const act = async (what: 'cancel' | 'retry' | 'revert', text: string, body?: Terms) => {
    const call = { method: 'POST', path: paths.jobAction(id, what), ...(body && { body }) } as const;
    const result = await callService<Job>(call);
    if (!result.ok) return tell({ kind: 'failed', text: result.failure.message });
    tell({ kind: 'done', text });
    if (result.body.id !== id) goTo(href(['jobs', result.body.id]));
    else reload();
  };
  const canRevert = isFinal(job) && users.succeeded + users.deferred > 0 && job.reverted_by === undefined;
  const verb = action === 'block' ? 'unblock' : 'block';
  return (
    <>
      <p class="actions">
        {mayChange && !isFinal(job) && (
          <ConfirmButton
            question={`Stop the ${countOf(users.remaining, 'user')} that are left?`}
            yes="Stop the job"
            onYes={() => act('cancel', 'The job stops: what was not sent is not sent.')}
          >
            Cancel…
          </ConfirmButton>
        )}
        {mayChange && isFinal(job) && users.failed > 0 && (
          <button type="button" onClick={() => act('retry', 'The job tries again what failed.')}>
            Try again what failed
          </button>
        )}
        {mayChange && canRevert && !isAsked && (
          <button type="button" onClick={() => setAsked(true)}>
            Undo the job…
          </button>
        )}
        {job.reverts !== undefined && <a href={href(['jobs', job.reverts])}>The job that this one undoes</a>}
        {job.reverted_by !== undefined && <a href={href(['jobs', job.reverted_by])}>The job that undoes this one</a>}
      </p>
      {mayChange && canRevert && isAsked && (
        <ChangeForm
          title="Undo this job"
          action={verb}
          withDefer={false}
          submit={() => 'Undo the job'}
          onSubmit={(terms) => act('revert', 'A job undoes what this one did.', terms)}
          onCancel={() => setAsked(false)}
        >
          <p>
            This starts a job that will {verb} the {countOf(users.succeeded + users.deferred, 'user')} whom this one
            changed. Users whom somebody changed since stay as they are.
          </p>
        </ChangeForm>
      )}
    </>
  );
}
