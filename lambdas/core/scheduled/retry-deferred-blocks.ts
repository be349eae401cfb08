import { runScheduledActions, type ScheduledActionDeps, type ScheduledActionsEnd } from './run-scheduled-actions.ts';

/** Retries deferred blocks, and gives up those that have waited too long. */
export function retryDeferredBlocks(deps: ScheduledActionDeps): Promise<ScheduledActionsEnd> {
  return runScheduledActions(deps, 'deferral');
}
