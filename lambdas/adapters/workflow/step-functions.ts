import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  type SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { ulid } from 'ulid';
import type { Job } from '../../core/jobs/job.ts';
import type { Workflow } from '../../core/jobs/ports.ts';
import { toGroups } from '../../core/reconciliation/list-groups.ts';
import type { Reconciliations } from '../../core/reconciliation/ports.ts';

/** The bulk workflow. Its input names chunks by number only, so no state comes near 256 KB at 64,000 users. */
export class StepFunctionsWorkflow implements Workflow {
  readonly #client: SFNClient;
  readonly #stateMachineArn: string;

  constructor(client: SFNClient, stateMachineArn: string) {
    this.#client = client;
    this.#stateMachineArn = stateMachineArn;
  }

  async start(job: Pick<Job, 'id' | 'run' | 'execution' | 'chunkCount'>): Promise<void> {
    const chunks = Array.from({ length: job.chunkCount }, (_, index) => index);
    try {
      await this.#client.send(
        new StartExecutionCommand({
          stateMachineArn: this.#stateMachineArn,
          name: executionName(job),
          input: JSON.stringify({ jobId: job.id, run: job.run, chunks }),
        }),
      );
    } catch (error) {
      // The name is the job's: the execution that exists is this job's own, started by an earlier try.
      if (!(error instanceof ExecutionAlreadyExists)) throw error;
    }
  }

  async stateOf(job: Pick<Job, 'id' | 'execution'>): Promise<'running' | 'ended' | 'missing'> {
    const machine = this.#stateMachineArn.replace(':stateMachine:', ':execution:');
    try {
      const { status } = await this.#client.send(
        new DescribeExecutionCommand({ executionArn: `${machine}:${executionName(job)}` }),
      );
      return status === 'RUNNING' || status === 'PENDING_REDRIVE' ? 'running' : 'ended';
    } catch (error) {
      if (error instanceof ExecutionDoesNotExist) return 'missing';
      throw error;
    }
  }
}

/** The first execution has the job's own name. A name is taken for 90 days after its execution ended. */
function executionName({ id, execution }: Pick<Job, 'id' | 'execution'>): string {
  return execution === 1 ? id : `${id}-${execution}`;
}

/** The workflow that reconciles numbers. */
export class StepFunctionsReconciliations implements Reconciliations {
  readonly #client: SFNClient;
  readonly #stateMachineArn: string;

  constructor(client: SFNClient, stateMachineArn: string) {
    this.#client = client;
    this.#stateMachineArn = stateMachineArn;
  }

  async start(phoneNumberIds: readonly string[]): Promise<void> {
    await this.#client.send(
      new StartExecutionCommand({
        stateMachineArn: this.#stateMachineArn,
        // Named, so that an answer that was lost and is asked for again does not start a second one.
        name: ulid(),
        input: JSON.stringify({ groups: toGroups(phoneNumberIds) }),
      }),
    );
  }
}
