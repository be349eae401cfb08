import { isAlias, type MirrorItem } from '../users/mirror.ts';
import type { UserOutcome } from './outcome.ts';

/** Several spellings can be one user at Graph. A success counts for more than a refusal. */
export function groupByUser(
  outcomes: readonly UserOutcome[],
  stored: ReadonlyMap<string, MirrorItem>,
): Map<string, UserOutcome> {
  const byUser = new Map<string, UserOutcome>();
  for (const outcome of outcomes) {
    const user = userOf(outcome, stored);
    const other = byUser.get(user);
    if (!other || (isRefused(other) && !isRefused(outcome))) byUser.set(user, outcome);
  }
  return byUser;
}

function isRefused({ failure, deferral }: UserOutcome): boolean {
  return failure !== undefined || deferral !== undefined;
}

/** The key of the mirror item: the `wa_id` if Graph named one, otherwise the user that the requested id is known to mean. */
export function userOf(outcome: UserOutcome, stored: ReadonlyMap<string, MirrorItem>): string {
  if (outcome.waId !== undefined) return outcome.waId;
  const known = stored.get(outcome.identity.id);
  // If somebody had this id before, Graph means its present owner.
  return isAlias(known) && !known.isPreviousId ? known.aliasOf : outcome.identity.id;
}
