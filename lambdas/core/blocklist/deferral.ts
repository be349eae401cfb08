import { GRAPH_CODE, isRetryableForUser } from '../graph-codes.ts';
import type { MirrorUser } from './mirror.ts';
import type { UserOutcome } from './outcome.ts';
import type { Pass } from './pass.ts';

/**
 * Graph's word on each user in the light of what the mirror knows: a block that may wait is deferred where the user did not
 * write in the last 24 hours (131047), and a deferred block ends by an unblock whatever Graph says, since the user is not on
 * its list. What is due and was refused stays under the id by which it is known, whatever other name Graph has for the user.
 */
export function byMirror(
  outcomes: readonly UserOutcome[],
  pass: Pick<Pass, 'action' | 'defer' | 'due'>,
  known: (outcome: UserOutcome) => MirrorUser | undefined,
): UserOutcome[] {
  return outcomes.map((outcome) => {
    const { failure, ...named } = outcome;
    if (!failure) return outcome;
    const rest = pass.due ? { ...named, waId: undefined } : named;
    const refused = { ...rest, failure };
    const state = known(refused)?.state;
    if (pass.action === 'unblock') return state === 'deferred' && !isRetryableForUser(failure.code) ? rest : refused;
    const mayWait = pass.defer === true && failure.code === GRAPH_CODE.reEngagementRequired && state !== 'blocked';
    return mayWait ? { ...rest, deferral: failure } : refused;
  });
}
