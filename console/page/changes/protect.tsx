import { paths } from '../../../cli/api/paths.ts';
import type { ProtectionAnswer, Unprotected } from '../../../lambdas/openapi/protection.ts';
import { callService } from '../service/call.ts';
import type { ReasonRules } from '../service/reasons.ts';
import { tell } from '../ui/messages.tsx';
import { countOf, UserId } from '../ui/text.tsx';
import { type Reasons, reasonsOfUndo } from './plan-undo.ts';

/** One user, whom to protect or no longer to protect, and why. */
export interface ProtectionChange {
  readonly id: string;
  readonly why: Reasons;
  readonly rules: ReasonRules;
  readonly onDone: () => void;
}

/** Protects a user, says so, and offers to end it again. Whether it was done. */
export async function protect({ id, why, rules, onDone }: ProtectionChange): Promise<boolean> {
  const { reason, reason_code } = why;
  const body = { reason, reason_code };
  const result = await callService<ProtectionAnswer>({ method: 'PUT', path: paths.protectedUser(id), body });
  if (result.ok) {
    const { blocked_on: blockedOn } = result.body;
    tell({
      kind: 'done',
      text: (
        <>
          <p>
            <strong>
              Protected <UserId of={id} />
            </strong>
            : nobody can block them, on any number, within a minute.
          </p>
          {blockedOn.length > 0 && <p>They are blocked on {countOf(blockedOn.length, 'number')} now, and stay so.</p>}
        </>
      ),
      undo: async () => void (await unprotect({ id, why: reasonsOfUndo({}, why, rules), rules, onDone }, undefined)),
    });
  } else tell({ kind: 'failed', text: result.failure.message });
  onDone();
  return result.ok;
}

/** Ends a protection. With what was known of it, that can be undone. */
export async function unprotect(change: ProtectionChange, before: Reasons | undefined): Promise<boolean> {
  const { id, why, rules, onDone } = change;
  const { reason, reason_code } = why;
  const isGiven = reason !== undefined || reason_code !== undefined;
  const result = await callService<Unprotected>({
    method: 'DELETE',
    path: paths.protectedUser(id),
    ...(isGiven && { body: { reason, reason_code } }),
  });
  tell(
    result.ok
      ? {
          kind: 'done',
          text: (
            <p>
              <strong>
                No longer protected: <UserId of={id} />
              </strong>
            </p>
          ),
          undo: before && (async () => void (await protect({ ...change, why: reasonsOfUndo(before, why, rules) }))),
        }
      : { kind: 'failed', text: result.failure.message },
  );
  onDone();
  return result.ok;
}
