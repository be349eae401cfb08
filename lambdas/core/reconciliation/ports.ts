import type { NumberToDo } from './reconcile-numbers.ts';

/** Numbers that one worker reconciles, one after the other. */
export interface NumberGroup {
  readonly numbers: readonly NumberToDo[];
}

/** The workflow that reconciles numbers. */
export interface Reconciliations {
  /** Starts one execution for all of them. */
  start(phoneNumberIds: readonly string[]): Promise<void>;
}
