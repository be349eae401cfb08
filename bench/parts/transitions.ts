import { jobTransitions } from '../cost/bill.ts';
import { readStack } from '../cost/stack.ts';
import { type Result, result, THRESHOLDS } from '../thresholds.ts';

/** Read from the template, not run: the way of a job through its state machine if nothing fails. */
export async function measureTransitions(): Promise<Result[]> {
  const stack = readStack();
  const { perJob, perLane } = stack.transitions.job;
  const detail = `${perJob} for the job, ${perLane} for each of ${stack.config.jobConcurrency} lanes, by the template`;
  return [result(THRESHOLDS.transitions, jobTransitions({ stack }), detail)];
}
