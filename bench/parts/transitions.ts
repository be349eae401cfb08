import { JOB_USERS, jobTransitions } from '../cost/bill.ts';
import { readStack } from '../cost/stack.ts';
import { type Result, result, THRESHOLDS } from '../thresholds.ts';

/** Read from the template, not run: the way of a job through its state machine if nothing fails. */
export async function measureTransitions(): Promise<Result[]> {
  const stack = readStack();
  const { perJob, perChunk } = stack.transitions.job;
  const detail = `${perJob} for the job, ${perChunk} for each of ${JOB_USERS / stack.config.chunkSize} chunks, by the template`;
  return [result(THRESHOLDS.transitions, jobTransitions({ stack }), detail)];
}
