import { ExecutionAlreadyExists, type SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { Workflow } from '../../core/jobs/ports.ts';

/** The bulk workflow. Its input names chunks by number only, so no state comes near 256 KB at 64,000 users. */
export class StepFunctionsWorkflow implements Workflow {
  readonly #client: SFNClient;
  readonly #stateMachineArn: string;

  constructor(client: SFNClient, stateMachineArn: string) {
    this.#client = client;
    this.#stateMachineArn = stateMachineArn;
  }

  async start(jobId: string, chunkCount: number): Promise<void> {
    try {
      await this.#client.send(
        new StartExecutionCommand({
          stateMachineArn: this.#stateMachineArn,
          name: jobId,
          input: JSON.stringify({ jobId, chunks: Array.from({ length: chunkCount }, (_, index) => index) }),
        }),
      );
    } catch (error) {
      // The name is the job's: the execution that exists is this job's own, started by an earlier try.
      if (!(error instanceof ExecutionAlreadyExists)) throw error;
    }
  }
}
