import { paths } from '../../../cli/api/paths.ts';
import { mapConcurrent } from '../../../lambdas/core/map-concurrent.ts';
import type { Accepted, ChangedUser, FailedUser } from '../../../lambdas/openapi/change.ts';
import type { Lookup } from '../../../lambdas/openapi/user.ts';
import { callService } from '../service/call.ts';
import type { Failure } from '../service/failure.ts';
import type { ReasonRules } from '../service/reasons.ts';
import { type Made, type NumberChange, planUndo } from './plan-undo.ts';

/** What became of one request. */
export interface Outcome extends Made {
  readonly deferred: readonly string[];
  readonly failed: readonly { readonly input: string; readonly why: string }[];
  /** Set if the request became a job. */
  readonly jobId?: string | undefined;
  /** Set if the request failed as a whole. */
  readonly failure?: Failure | undefined;
}

/** Numbers whose requests run at once. */
const AT_ONCE = 4;
/** Users that one look-up takes, and that one request changes while it is waited for. */
export const USERS_AT_ONCE = 1_000;

type Answer =
  | Accepted
  | {
      readonly block_users: {
        readonly added_users?: readonly ChangedUser[];
        readonly removed_users?: readonly ChangedUser[];
        readonly deferred_users?: readonly ChangedUser[];
        readonly failed_users?: readonly FailedUser[];
      };
    };

export async function makeChanges(changes: readonly NumberChange[]): Promise<Outcome[]> {
  const outcomes = new Map<NumberChange, Outcome>();
  await mapConcurrent(changes, AT_ONCE, async (change) => {
    outcomes.set(change, await makeChange(change));
  });
  return changes.flatMap((change) => outcomes.get(change) ?? []);
}

async function makeChange(change: NumberChange): Promise<Outcome> {
  const { action, number, users, terms } = change;
  const nothing = { change, changed: [], deferred: [], failed: [], before: [] };
  // How it was before, so that it can be undone.
  const before =
    users.length > USERS_AT_ONCE
      ? undefined
      : await callService<Lookup>({ method: 'POST', path: paths.lookup(number), body: { users } });
  if (before?.ok === false) return { ...nothing, failure: before.failure };
  const answer = await callService<Answer>({
    method: action === 'block' ? 'POST' : 'DELETE',
    path: paths.users(number),
    idempotencyKey: crypto.randomUUID(),
    body: { messaging_product: 'whatsapp', block_users: users.map((user) => ({ user })), ...terms },
  });
  if (!answer.ok) return { ...nothing, failure: answer.failure };
  if ('job' in answer.body) return { ...nothing, jobId: answer.body.job.id };
  const { added_users = [], removed_users = [], deferred_users = [], failed_users = [] } = answer.body.block_users;
  const inputs = (some: readonly ChangedUser[]) => some.map(({ input }) => input);
  return {
    change,
    changed: inputs([...added_users, ...removed_users, ...deferred_users]),
    deferred: inputs(deferred_users),
    failed: failed_users.map(({ input, errors: [error] }) => ({
      input,
      why: error?.error_data.details ?? error?.message ?? 'It failed',
    })),
    before: before?.body.data ?? [],
  };
}

export function undoOf(outcomes: readonly Outcome[], rules: ReasonRules, nowMs: number): NumberChange[] {
  return outcomes.flatMap((made) => planUndo(made, rules, nowMs));
}
