import { GRAPH_CODE, isRetryableForUser } from '../graph-codes.ts';
import type { MirrorUser } from '../users/mirror.ts';
import type { AttemptContext } from './attempt-context.ts';
import type { UserOutcome } from './outcome.ts';

/**
 * Graph's answer for each user, in view of the mirror. If the user did not write in the last 24 hours (131047), a block that
 * may wait is deferred. An unblock ends a deferred block whatever Graph says, since the user is not on its list. A scheduled
 * action that was refused stays under the id by which it is known, even if Graph names another id of the user.
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
