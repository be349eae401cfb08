import { type ChangeUsersDeps, changeUsers } from '../changes/change-users.ts';
import { GraphError, TokenMissingError } from '../errors.ts';
import { GRAPH_CODE } from '../graph-codes.ts';
import { mapConcurrent } from '../map-concurrent.ts';
import type { Caller } from '../users/asked.ts';
import type { Everywhere } from '../users/find-everywhere.ts';
import { parseIdentity } from '../users/identity.ts';
import { isWanted } from '../users/mirror.ts';

/** Numbers that are worked on at once. */
const NUMBERS_AT_ONCE = 16;

/** Gives the code of the refusal for each number on which Graph does not unblock the user. The others are erased all the same. */
export async function unblockEverywhere(
  deps: ChangeUsersDeps,
  { actor, onBehalfOf }: Caller,
  { person, untilMs }: { readonly person: Everywhere; readonly untilMs: number },
): Promise<Map<string, number>> {
  const refusals = new Map<string, number>();
  await mapConcurrent(person.rows, NUMBERS_AT_ONCE, async ({ phoneNumberId, user }) => {
    if (!user || !isWanted(user) || deps.clock.now() >= untilMs) return;
    const policy = { ...deps.policy, budgetMs: Math.min(deps.policy.budgetMs, untilMs - deps.clock.now()) };
    try {
      const credentials = await deps.tokens.credentials(phoneNumberId);
      const identities = [parseIdentity(user.user) ?? []].flat();
      const change = { action: 'unblock', phoneNumberId, credentials, identities, actor, onBehalfOf } as const;
      const [outcome] = await changeUsers({ ...deps, policy }, change);
      if (outcome?.failure) refusals.set(phoneNumberId, outcome.failure.code);
    } catch (error) {
      if (error instanceof GraphError) refusals.set(phoneNumberId, error.code);
      else if (error instanceof TokenMissingError) refusals.set(phoneNumberId, GRAPH_CODE.accessTokenInvalid);
      else throw error;
    }
  });
  return refusals;
}
