import { backoff } from '../../lambdas/core/backoff.ts';
import { type PublishEventsDeps, publishEvents } from '../../lambdas/core/events/publish-events.ts';
import { finishJob } from '../../lambdas/core/jobs/finish-job.ts';
import type { Job } from '../../lambdas/core/jobs/job.ts';
import { type ProcessChunkDeps, processChunk } from '../../lambdas/core/jobs/process-chunk.ts';
import { failLaneChunk, type LaneDeps, type LaneInput, processLane } from '../../lambdas/core/jobs/process-lane.ts';
import { mapConcurrent } from '../../lambdas/core/map-concurrent.ts';
import type { EventPlaceInOutbox } from '../../lambdas/core/ports/event-outbox.ts';
import type { Workflow } from '../../lambdas/core/ports/job-store.ts';
import type { Reconciliations } from '../../lambdas/core/ports/reconciliations.ts';
import {
  type NumberToDo,
  type ReconcileNumbersDeps,
  reconcileNumbers,
} from '../../lambdas/core/reconciliation/reconcile-numbers.ts';
import { asFunction } from '../support/recorded-calls.ts';
import { type Interleaver, Process } from './interleaver.ts';

/** Tries of a step of a state machine, with seconds between them: as the policies of `bulk-definition.ts`, in short. */
const MAX_ATTEMPTS = 4;
const PAUSE_MS = 5_000;
/** Milliseconds that a pass over a lane may take: some end in the middle of it. */
const LANE_BUDGET_MS = 1_000;

type Deps = ProcessChunkDeps & ReconcileNumbersDeps & PublishEventsDeps;
type Execution = { state: 'running' | 'ended'; readonly kill: () => void };

/** Step Functions and Lambda as far as the service depends on them: executions by name, tries, waits, and sudden deaths. */
export class Workflows implements Workflow {
  readonly #interleaver: Interleaver;
  /** Lanes of a job. */
  readonly #lanes: number;
  readonly #executions = new Map<string, Execution>();
  readonly #functions = new Set<() => void>();
  #deps: Deps | undefined;

  constructor(interleaver: Interleaver, lanes: number) {
    this.#interleaver = interleaver;
    this.#lanes = lanes;
  }

  use(deps: Deps): void {
    this.#deps = deps;
  }

  /** Runs a function, by the name of its handler, to its end, or to its death. */
  invoke<T>(name: string, run: () => Promise<T>): Promise<T> {
    const { ended, kill } = this.#interleaver.spawn(new Process(name), () => asFunction(name, run));
    this.#functions.add(kill);
    return ended.finally(() => this.#functions.delete(kill));
  }

  /** Kills one of the functions in progress: its process ends between two steps. */
  killFunction(nth: number): void {
    const running = [...this.#functions];
    running[nth % Math.max(running.length, 1)]?.();
  }

  /** Ends one of the executions in progress, as an operator or a fault of Step Functions would; its functions go on. */
  killExecution(nth: number): void {
    const running = [...this.#executions.values()].filter(({ state }) => state === 'running');
    const one = running[nth % Math.max(running.length, 1)];
    if (!one) return;
    one.state = 'ended';
    one.kill();
  }

  async start(job: Pick<Job, 'id' | 'run' | 'execution' | 'chunkCount'>): Promise<void> {
    this.#execute(`${job.id}/${job.execution}`, () => this.#runJob(job));
  }

  async stateOf({ id, execution }: Pick<Job, 'id' | 'execution'>): Promise<'running' | 'ended' | 'missing'> {
    return this.#executions.get(`${id}/${execution}`)?.state ?? 'missing';
  }

  readonly reconciliations: Reconciliations = {
    start: async (numbers) => {
      const name = `reconciliation/${this.#executions.size}`;
      this.#execute(name, () => this.#reconcile(numbers.map((phoneNumberId) => ({ phoneNumberId, attempts: 0 }))));
    },
  };

  /** The stream of the table: it calls the publisher until that has succeeded, then perhaps once more, and gives up at some point. */
  deliver(place: EventPlaceInOutbox, isRepeated: boolean): void {
    const deps = this.#given();
    const publish = () => this.#step('publish-events', () => publishEvents(deps, [place]));
    const delivered = this.#interleaver.spawn(new Process(`stream/${place.id}`), async () => {
      await publish();
      if (isRepeated) await publish();
    });
    delivered.ended.catch(() => undefined);
  }

  #execute(name: string, run: () => Promise<void>): void {
    if (this.#executions.has(name)) return;
    const { ended, kill } = this.#interleaver.spawn(new Process(name), run);
    const execution: Execution = { state: 'running', kill };
    this.#executions.set(name, execution);
    const end = () => {
      execution.state = 'ended';
    };
    ended.then(end, end);
  }

  async #runJob({ id: jobId, run, chunkCount }: Pick<Job, 'id' | 'run' | 'chunkCount'>): Promise<void> {
    const deps = this.#given();
    const lanes = Math.min(this.#lanes, chunkCount);
    const firsts = Array.from({ length: lanes }, (_, index) => index);
    await mapConcurrent(firsts, lanes, (chunk) => this.#runLane({ jobId, run, chunk, lanes }));
    await this.#step('finish-job', () => finishJob(deps, { jobId, run }));
  }

  async #runLane(input: LaneInput): Promise<void> {
    const deps = this.#given();
    const attempt: LaneDeps['attempt'] = (graph, one) => processChunk({ ...deps, graph }, one);
    const laneDeps = { ...deps, attempt, laneBudgetMs: LANE_BUDGET_MS };
    for (;;) {
      try {
        const result = await this.#step('process-chunk', () => processLane(laneDeps, input));
        if (result.result === 'done') return;
        await this.#interleaver.sleep(result.requeueAfterSeconds * 1000);
      } catch {
        // If even this fails, the end of the job finds the chunks of the lane.
        if (!(await this.#isFailed(() => failLaneChunk(deps, input)))) return;
      }
    }
  }

  async #isFailed(fail: () => Promise<void>): Promise<boolean> {
    try {
      await this.#step('fail-chunk', fail);
      return true;
    } catch {
      return false;
    }
  }

  async #reconcile(first: readonly NumberToDo[]): Promise<void> {
    const deps = this.#given();
    let numbers = first;
    for (;;) {
      const result = await this.#step('reconcile-numbers', () => reconcileNumbers(deps, numbers));
      if (result.result === 'done') return;
      await this.#interleaver.sleep(result.requeueAfterSeconds * 1000);
      numbers = result.numbers;
    }
  }

  async #step<T>(name: string, run: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.invoke(name, run);
      } catch (error) {
        if (attempt === MAX_ATTEMPTS) throw error;
        await this.#interleaver.sleep(backoff(attempt, { first: PAUSE_MS }));
      }
    }
  }

  #given() {
    if (!this.#deps) throw new Error('The workflows were given nothing to work with');
    return this.#deps;
  }
}
