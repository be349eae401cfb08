import type { Construct } from 'constructs';
import { ENV } from '../../lambdas/contract/environment.ts';
import { longestRunHours } from '../longest-run-hours.ts';
import { type BulkDefinitionProps, bulkDefinition, CHUNKS_LABEL } from './bulk-definition.ts';
import type { DataProtection } from './data-protection.ts';
import { Workflow } from './workflow.ts';

export interface BulkWorkflowProps extends BulkDefinitionProps {
  readonly protection: DataProtection;
  /** Hours after which the chunks of a job end by themselves. */
  readonly deadlineHours: number;
}

/**
 * The workflow of a job: input `{jobId, run, chunks: [0, 1, …], lanes}`, with the first chunk of each lane. Each lane goes through
 * `process-chunk`, and `finish-job` comes last. A retried job is another run of the same chunks.
 */
export class BulkWorkflow extends Workflow {
  constructor(scope: Construct, id: string, props: BulkWorkflowProps) {
    super(scope, id, {
      protection: props.protection,
      name: 'jobs',
      comment: 'Blocks or unblocks the users of one job, in lanes of chunks',
      functions: Object.values(props.functions),
      definition: (states) => bulkDefinition(states, props),
      mapLabel: CHUNKS_LABEL,
      timeoutHours: longestRunHours(props.deadlineHours),
      arnVariable: ENV.stateMachineArn,
      environment: { [ENV.jobLanes]: String(props.concurrency) },
    });
  }
}
