/** How the waits between attempts grow. The unit of `first` and `longest` is that of the waits. */
export interface Backoff {
  readonly first: number;
  /** The waits grow without end unless it is given. */
  readonly longest?: number;
  /** Each wait is so many times the one before; 2 unless said otherwise. */
  readonly factor?: number;
  /** The least and the most of a wait that is waited, so that those who met once do not meet again; all of it unless given. */
  readonly jitter?: readonly [least: number, most: number];
}

/** The wait after the given attempt, counted from 1. `random` is uniform in [0, 1). */
export function backoff(attempt: number, waits: Backoff, random = 0): number {
  const { first, longest = Number.POSITIVE_INFINITY, factor = 2, jitter = [1, 1] } = waits;
  const [least, most] = jitter;
  return Math.min(first * factor ** (attempt - 1), longest) * (least + (most - least) * random);
}

/** A workflow takes long, so an attempt at a chunk or a number may wait for minutes: about 25 of them before the twelfth. */
const OF_WORKFLOW: Backoff = { first: 2, longest: 300, jitter: [0.5, 1] };

/** The whole seconds that a workflow waits after an attempt that failed. */
export function requeueSeconds(attempt: number, random: number): number {
  return Math.max(1, Math.round(backoff(attempt, OF_WORKFLOW, random)));
}
