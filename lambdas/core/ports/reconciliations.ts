import type { NumberToDo } from '../reconciliation/reconcile-numbers.ts';

/** Numbers that one worker reconciles, one after the other. */
export interface NumberGroup {
  readonly numbers: readonly NumberToDo[];
}

/** The workflow that reconciles numbers. */
export interface Reconciliations {
  /** Starts one execution for all of them. A second start by the name of an execution does nothing, also after its end. */
  start(phoneNumberIds: readonly string[], execution?: string): Promise<void>;
}

export interface NamedReconciliations extends Reconciliations {
  /** What became of an execution that was, or was to be, started by that name. */
  stateOf(execution: string): Promise<'running' | 'ended' | 'missing'>;
}
