import { runScheduledActions, type ScheduledActionDeps, type ScheduledActionsEnd } from './run-scheduled-actions.ts';

/** Tries deferred blocks again, and gives up those that waited too long. */
export function retryDeferredBlocks(deps: ScheduledActionDeps): Promise<ScheduledActionsEnd> {
  return runScheduledActions(deps, 'deferral');
}
