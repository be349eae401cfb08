import { GraphError } from '../errors.ts';
import type { UserStore } from '../ports/user-store.ts';
import { settleAll } from '../settle-all.ts';
import type { Identity } from '../users/identity.ts';
import { type MirrorItem, mirrorUser } from '../users/mirror.ts';
import type { ChangingJob } from './attempt-context.ts';
import type { Ask } from './converge.ts';
import type { Operation } from './operation.ts';
import type { UserOutcome } from './outcome.ts';
import { CHANGED_SINCE, isChangedSince } from './reverting.ts';

export interface Asked {
  readonly operation: Operation;
  readonly identities: readonly Identity[];
  readonly job?: ChangingJob | undefined;
  readonly consistent: boolean;
}

/**
 * Asks Graph to change users. The mirror items are needed only after Graph's answer, so they are read during the call. A revert
 * reads them before, and does not send the users whom it leaves alone.
 */
export async function askAndRead(
  store: Pick<UserStore, 'getUsers'>,
  { operation, identities, job, consistent }: Asked,
  ask: Ask,
): Promise<readonly [readonly UserOutcome[], ReadonlyMap<string, MirrorItem>]> {
  const { phoneNumberId, action, jobId } = operation;
  const ids = identities.map(({ id }) => id);
  if (job?.reverts === undefined) {
    return settleAll([ask(action, identities), store.getUsers(phoneNumberId, ids, consistent)]);
  }
  const known = await store.getUsers(phoneNumberId, ids, true);
  const sent = identities.filter(({ id }) => !isChangedSince(mirrorUser(known.get(id)), { job, jobId }));
  const notSent = new Set(ids).difference(new Set(sent.map(({ id }) => id)));
  const answers = sent.length === 0 ? [] : await ask(action, sent).catch((error) => refuse(error, notSent));
  const answered = new Map(answers.map((outcome) => [outcome.identity.id, outcome]));
  return [identities.map((identity) => answered.get(identity.id) ?? { identity, failure: CHANGED_SINCE }), known];
}

function refuse(error: unknown, notSent: ReadonlySet<string>): never {
  throw error instanceof GraphError ? error.without(notSent) : error;
}
