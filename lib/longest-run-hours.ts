/**
 * Hours that an execution may outlive its job's deadline, so that it always ends through `finish-job` and never by a
 * time-out. A chunk that began just before the deadline may need, at worst, 39 minutes in `process-chunk` and as many in
 * `fail-chunk` (4 attempts of 130 s, 35 s between them, 29 minutes of a crowded account), then 51 in `finish-job`. Later
 * attempts see the deadline and end at once.
 */
const HOURS_AFTER_DEADLINE = 3;

/** Hours that the execution of a job may take, with the deadline of its chunks. */
export function longestRunHours(deadlineHours: number): number {
  return deadlineHours + HOURS_AFTER_DEADLINE;
}
