import {
  DescribeExecutionCommand,
  type HistoryEvent,
  ListExecutionsCommand,
  paginateGetExecutionHistory,
  paginateListExecutions,
  paginateListMapRuns,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { LOCAL_CREDENTIALS } from '../../../local/cloud/loopback.ts';
import { until } from '../../../local/until.ts';
import { place } from './place.ts';

/** The bulk workflow of the deployed stack, by Step Functions' own API. */
export class BulkWorkflow {
  readonly #client: SFNClient;

  constructor() {
    const { endpoint, region } = place.stack;
    this.#client = new SFNClient({ endpoint, region, credentials: LOCAL_CREDENTIALS });
  }

  /** An execution of a job: the name of the first one is the job's id. */
  executionArn(jobId: string, execution = 1): string {
    const name = execution === 1 ? jobId : `${jobId}-${execution}`;
    return `${place.stack.stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
  }

  async end(executionArn: string, deadlineMs = 60_000): Promise<string> {
    return until(
      `the end of ${executionArn}`,
      async () => {
        const { status } = await this.#client.send(new DescribeExecutionCommand({ executionArn }));
        return status === 'RUNNING' ? undefined : status;
      },
      deadlineMs,
    );
  }

  /** Starts another execution with the input of a job's own; gives its ARN. Every chunk is worked on once more. */
  async again(jobId: string, name: string): Promise<string> {
    const { input } = await this.#client.send(new DescribeExecutionCommand({ executionArn: this.executionArn(jobId) }));
    const started = await this.#client.send(
      new StartExecutionCommand({
        stateMachineArn: place.stack.stateMachineArn,
        name: `${jobId}-${name}`,
        ...(input !== undefined && { input }),
      }),
    );
    if (started.executionArn === undefined) throw new Error('The execution has no ARN');
    return started.executionArn;
  }

  /** Ends the execution of a job from outside: it has no last step, and nothing continues the job. */
  async kill(jobId: string): Promise<void> {
    await this.#client.send(new StopExecutionCommand({ executionArn: this.executionArn(jobId), cause: 'A test' }));
  }

  /** Every input and output of every state of an execution, of what the states called, and of the chunks' executions. */
  async payloads(executionArn: string): Promise<{ events: number; payloads: string[] }> {
    const found = { events: 0, payloads: [] as string[] };
    const client = this.#client;
    for (const execution of [executionArn, ...(await this.#chunkExecutions(executionArn))]) {
      const { input, output } = await client.send(new DescribeExecutionCommand({ executionArn: execution }));
      found.payloads.push(input ?? '', output ?? '');
      for await (const page of paginateGetExecutionHistory({ client }, { executionArn: execution })) {
        for (const event of page.events ?? []) {
          found.events += 1;
          found.payloads.push(...payloadsOf(event));
        }
      }
    }
    return found;
  }

  /** Each chunk has an execution of its own, under the run of the distributed map. */
  async #chunkExecutions(executionArn: string): Promise<string[]> {
    const client = this.#client;
    const arns: string[] = [];
    for await (const { mapRuns } of paginateListMapRuns({ client }, { executionArn })) {
      for (const { mapRunArn } of mapRuns ?? []) {
        if (mapRunArn === undefined) continue;
        for await (const { executions } of paginateListExecutions({ client }, { mapRunArn })) {
          for (const execution of executions ?? []) arns.push(execution.executionArn ?? '');
        }
      }
    }
    return arns;
  }

  stop(): void {
    this.#client.destroy();
  }
}

/** Waits until no comparison with Graph is in progress. */
export async function reconciliationsOver(): Promise<void> {
  const { endpoint, region, reconciliationArn } = place.stack;
  const client = new SFNClient({ endpoint, region, credentials: LOCAL_CREDENTIALS });
  const running = { stateMachineArn: reconciliationArn, statusFilter: 'RUNNING' } as const;
  try {
    await until('the end of all reconciliations', async () => {
      const { executions = [] } = await client.send(new ListExecutionsCommand(running));
      return executions.length === 0 ? true : undefined;
    });
  } finally {
    client.destroy();
  }
}

/** The details of an event are in a field named after its type. */
function payloadsOf(event: HistoryEvent): string[] {
  return Object.values(event).flatMap((details: unknown) => {
    if (typeof details !== 'object' || details === null) return [];
    return Object.entries(details).flatMap(([name, value]: [string, unknown]) =>
      (name === 'input' || name === 'output' || name === 'parameters') && typeof value === 'string' ? [value] : [],
    );
  });
}
