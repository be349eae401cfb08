import { runScheduledActions, type ScheduledActionDeps, type ScheduledActionsEnd } from './run-scheduled-actions.ts';

/** Ends the temporary blocks whose time has come. */
export function expireBlocks(deps: ScheduledActionDeps): Promise<ScheduledActionsEnd> {
  return runScheduledActions(deps, 'expiry');
}
