import type { NumberToDo } from '../reconciliation/reconcile-numbers.ts';

/** Numbers that one worker reconciles, one after another. */
export interface NumberGroup {
  readonly numbers: readonly NumberToDo[];
}

/** The workflow that reconciles numbers. */
export interface Reconciliations {
  /**
   * Starts one execution for all of them. A second start with the name of an execution does nothing, even after it has ended.
   */
  start(phoneNumberIds: readonly string[], execution?: string): Promise<void>;
}

export interface NamedReconciliations extends Reconciliations {
  /** The state of the execution with that name. */
  stateOf(execution: string): Promise<'running' | 'ended' | 'missing'>;
}
