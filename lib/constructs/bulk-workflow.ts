import type { Construct } from 'constructs';
import { ENV } from '../../lambdas/contract/environment.ts';
import { type BulkDefinitionProps, bulkDefinition, CHUNKS_LABEL } from './bulk-definition.ts';
import type { DataProtection } from './data-protection.ts';
import { Workflow } from './workflow.ts';

export interface BulkWorkflowProps extends BulkDefinitionProps {
  readonly protection: DataProtection;
  /** Hours after which the chunks of a job end by themselves. */
  readonly deadlineHours: number;
}

/**
 * Hours that an execution may outlive its job's deadline, so that it always ends through `finish-job` and never by being
 * cut off. A chunk that began just before the deadline may need, at worst, 39 minutes in `process-chunk` and as many in
 * `fail-chunk` (4 attempts of 130 s, 35 s between them, 29 minutes of a crowded account), then 51 in `finish-job`. Later
 * passes see the deadline and end at once.
 */
const HOURS_AFTER_DEADLINE = 3;

/** Hours that the execution of a job may take, with the deadline of its chunks. */
export function longestRunHours(deadlineHours: number): number {
  return deadlineHours + HOURS_AFTER_DEADLINE;
}

/**
 * The workflow of a job: input `{jobId, run, chunks: [0, 1, …]}`, a chunk at a time through `process-chunk`, then
 * `finish-job`. A retried job is another run of the same chunks.
 */
export class BulkWorkflow extends Workflow {
  constructor(scope: Construct, id: string, props: BulkWorkflowProps) {
    super(scope, id, {
      protection: props.protection,
      name: 'jobs',
      comment: 'Blocks or unblocks the users of one job, chunk by chunk',
      functions: Object.values(props.functions),
      definition: (states) => bulkDefinition(states, props),
      mapLabel: CHUNKS_LABEL,
      timeoutHours: longestRunHours(props.deadlineHours),
      arnVariable: ENV.stateMachineArn,
    });
  }
}
