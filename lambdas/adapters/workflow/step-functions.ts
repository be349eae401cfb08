import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  type SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { ulid } from 'ulid';
import type { Job } from '../../core/jobs/job.ts';
import type { Workflow } from '../../core/ports/job-store.ts';
import type { NamedReconciliations } from '../../core/ports/reconciliations.ts';
import { toGroups } from '../../core/reconciliation/list-numbers.ts';

/** The bulk workflow. Its input has the first chunk of each lane. */
export class StepFunctionsWorkflow implements Workflow {
  readonly #machine: Machine;
  readonly #lanes: number;

  constructor(client: SFNClient, stateMachineArn: string, lanes: number) {
    this.#machine = { client, stateMachineArn };
    this.#lanes = lanes;
  }

  async start(job: Pick<Job, 'id' | 'run' | 'execution' | 'chunkCount'>): Promise<void> {
    const lanes = Math.min(this.#lanes, job.chunkCount);
    const chunks = Array.from({ length: lanes }, (_, index) => index);
    await startOnce(this.#machine, executionName(job), { jobId: job.id, run: job.run, chunks, lanes });
  }

  stateOf(job: Pick<Job, 'id' | 'execution'>): Promise<'running' | 'ended' | 'missing'> {
    return executionState(this.#machine, executionName(job));
  }
}

interface Machine {
  readonly client: SFNClient;
  readonly stateMachineArn: string;
}

/** A name belongs to one piece of work: if an execution has it already, an earlier try started it for the same work. */
async function startOnce({ client, stateMachineArn }: Machine, name: string, input: object): Promise<void> {
  try {
    await client.send(new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }));
  } catch (error) {
    if (!(error instanceof ExecutionAlreadyExists)) throw error;
  }
}

async function executionState(
  { client, stateMachineArn }: Machine,
  name: string,
): Promise<'running' | 'ended' | 'missing'> {
  const machine = stateMachineArn.replace(':stateMachine:', ':execution:');
  try {
    const { status } = await client.send(new DescribeExecutionCommand({ executionArn: `${machine}:${name}` }));
    return status === 'RUNNING' || status === 'PENDING_REDRIVE' ? 'running' : 'ended';
  } catch (error) {
    if (error instanceof ExecutionDoesNotExist) return 'missing';
    throw error;
  }
}

/** The first execution has the job's own name. A name cannot be used again for 90 days after its execution ended. */
function executionName({ id, execution }: Pick<Job, 'id' | 'execution'>): string {
  return execution === 1 ? id : `${id}-${execution}`;
}

/** The workflow that reconciles numbers. */
export class StepFunctionsReconciliations implements NamedReconciliations {
  readonly #machine: Machine;

  constructor(client: SFNClient, stateMachineArn: string) {
    this.#machine = { client, stateMachineArn };
  }

  start(phoneNumberIds: readonly string[], execution = ulid()): Promise<void> {
    // It always has a name, so that a repeat after a lost answer does not start a second execution.
    return startOnce(this.#machine, execution, { groups: toGroups(phoneNumberIds) });
  }

  stateOf(execution: string): Promise<'running' | 'ended' | 'missing'> {
    return executionState(this.#machine, execution);
  }
}
