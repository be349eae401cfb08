import { GRAPH_CODE, isRetryableForUser } from '../graph-codes.ts';
import type { MirrorUser } from '../users/mirror.ts';
import type { AttemptContext } from './attempt-context.ts';
import type { UserOutcome } from './outcome.ts';

/**
 * Graph's word on each user in the light of what the mirror knows: a block that may wait is deferred where the user did not
 * write in the last 24 hours (131047), and a deferred block ends by an unblock whatever Graph says, since the user is not
 * on its list. A scheduled action that was refused stays under the id by which it is known, whatever other id Graph has for
 * the user.
 */
export function byMirror(
  outcomes: readonly UserOutcome[],
  context: Pick<AttemptContext, 'action' | 'defer' | 'scheduledAction'>,
  known: (outcome: UserOutcome) => MirrorUser | undefined,
): UserOutcome[] {
  return outcomes.map((outcome) => {
    const { failure, ...named } = outcome;
    if (!failure) return outcome;
    const rest = context.scheduledAction ? { ...named, waId: undefined } : named;
    const refused = { ...rest, failure };
    const state = known(refused)?.state;
    if (context.action === 'unblock') return state === 'deferred' && !isRetryableForUser(failure.code) ? rest : refused;
    const mayWait = context.defer === true && failure.code === GRAPH_CODE.reEngagementRequired && state !== 'blocked';
    return mayWait ? { ...rest, deferral: failure } : refused;
  });
}
