import type { Clock, Graph } from '../ports/services.ts';
import { type ChunkResult, REQUEUE_AT_ONCE } from './chunk-attempt.ts';
import type { RunInput } from './finish-job.ts';
import type { LoadedChunk } from './job.ts';
import type { Turns } from './turns.ts';

/** What an attempt at a chunk uses of Graph. */
export type GraphOfLane = Pick<Graph, 'changeUsers'>;

/** A chunk of a run. */
export interface ChunkInput extends RunInput {
  readonly chunk: number;
  /** The chunk as it was read in advance. If it has changed since, the attempt is refused, and the next one reads it again. */
  readonly loaded?: Promise<LoadedChunk> | undefined;
}

export interface BeginChunkDeps {
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  readonly graph: GraphOfLane;
  /** Makes one attempt at a chunk (`processChunk`), with the given access to Graph. */
  readonly attempt: (graph: GraphOfLane, input: ChunkInput) => Promise<ChunkResult>;
}

/** What the chunks of one pass share. */
export interface Pass {
  /** Milliseconds since the epoch after which no further attempt begins. */
  readonly until: number;
  readonly turns: Turns;
  /** Waits that chunks asked for, in seconds. */
  readonly waits: number[];
  hasFailed: boolean;
}

/** A chunk that a lane works on. Only `ended` can reject. */
export interface BegunChunk {
  /** Its request is on the way to Graph, or it has ended without one. */
  readonly sent: Promise<void>;
  /** Graph has answered, or it has ended. */
  readonly answered: Promise<void>;
  readonly ended: Promise<void>;
  hasEnded(): boolean;
  /** Lets it record what Graph answered. Until then, the time of the processor is for the request of the next chunk. */
  record(): void;
}

/** Makes attempts at a chunk until it is done, has to wait, or fails. */
export function beginChunk(deps: BeginChunkDeps, pass: Pass, { loaded, ...input }: ChunkInput): BegunChunk {
  const { attempt, clock, graph } = deps;
  const sent = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<void>();
  const mayRecord = Promise.withResolvers<void>();
  let hasEnded = false;
  const inTurn: GraphOfLane = {
    changeUsers: async (...args) => {
      const outcomes = await pass.turns.take(() => {
        const call = graph.changeUsers(...args);
        // Not before the request has left the process.
        void clock.sleep(0).then(sent.resolve);
        return call;
      });
      // Not after a refusal: whether the next chunk may be sent is known when this attempt has ended.
      answered.resolve();
      await mayRecord.promise;
      return outcomes;
    },
  };
  const work = async (): Promise<void> => {
    let result = await attempt(inTurn, { ...input, loaded });
    while (result.result !== 'done') {
      const { requeueAfterSeconds } = result;
      if (requeueAfterSeconds > REQUEUE_AT_ONCE.requeueAfterSeconds || clock.now() >= pass.until) {
        pass.waits.push(requeueAfterSeconds);
        return;
      }
      await clock.sleep(requeueAfterSeconds * 1_000);
      result = await attempt(inTurn, input);
    }
  };
  const ended = work()
    .catch((error: unknown) => {
      pass.hasFailed = true;
      throw error;
    })
    .finally(() => {
      hasEnded = true;
      sent.resolve();
      answered.resolve();
    });
  // The pass looks at it later, and Node ends a process for a rejection that nobody looks at by then.
  ended.catch(() => undefined);
  return {
    sent: sent.promise,
    answered: answered.promise,
    ended,
    hasEnded: () => hasEnded,
    record: mayRecord.resolve,
  };
}
