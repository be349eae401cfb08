/** How the waits between attempts grow. The unit of `first` and `longest` is that of the waits. */
export interface Backoff {
  readonly first: number;
  /** The longest wait; no limit by default. */
  readonly longest?: number;
  /** By how much each wait is longer than the one before; 2 by default. */
  readonly factor?: number;
  /**
   * The part of a wait that is really waited, at least and at most, so that callers that collided do not collide again; all
   * of it by default.
   */
  readonly jitter?: readonly [least: number, most: number];
}

/** The wait after the given attempt, counted from 1. `random` is uniform in [0, 1). */
export function backoff(attempt: number, waits: Backoff, random = 0): number {
  const { first, longest = Number.POSITIVE_INFINITY, factor = 2, jitter = [1, 1] } = waits;
  const [least, most] = jitter;
  return Math.min(first * factor ** (attempt - 1), longest) * (least + (most - least) * random);
}

/**
 * A workflow may take long, so an attempt at a chunk or a number may wait for minutes: the first eleven waits take about 25.
 */
const OF_WORKFLOW: Backoff = { first: 2, longest: 300, jitter: [0.5, 1] };

/** The whole seconds that a workflow waits after an attempt that failed. */
export function requeueSeconds(attempt: number, random: number): number {
  return Math.max(1, Math.round(backoff(attempt, OF_WORKFLOW, random)));
}
