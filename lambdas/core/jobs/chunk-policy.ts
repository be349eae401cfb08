import { requeueSeconds } from '../backoff.ts';
import type { Failure } from '../changes/outcome.ts';
import type { GraphError } from '../errors.ts';
import { GRAPH_CODE, SUBCODE_NO_SUCH_OBJECT } from '../graph-codes.ts';
import { isoTime } from '../iso-time.ts';
import type { Chunk, Job, JobChunk } from './job.ts';

/**
 * Attempts without progress before a chunk's remaining users fail. With pauses of 2 s, doubling up to 5 min, that takes about
 * 25 minutes.
 */
export const MAX_ATTEMPTS = 12;
/** A second 130429 for the same batch may mean that the batch is too large, unless Graph names a time to wait. */
const HALVE_FROM_ATTEMPT = 2;
/**
 * No batch becomes smaller than this part of its chunk. If Graph limits the number of requests, smaller batches only make it
 * worse.
 */
const SMALLEST_SHARE = 1 / 8;

export type Verdict =
  /** Another attempt after a pause. */
  | { readonly next: 'requeue'; readonly requeueAfterSeconds: number; readonly batchSize?: number | undefined }
  /** These users fail; the other chunks continue. */
  | { readonly next: 'fail-remaining' }
  /** No further call of this job can help. */
  | { readonly next: 'stop-job' };

/** A request of a chunk that Graph refused whole. */
export interface RefusedRequest {
  readonly chunk: Chunk;
  /** Users in the request. */
  readonly sent: number;
}

/** What a refusal of a whole request means for its chunk. Source: the table of codes in Meta's Block Users guide. */
export function judge(error: GraphError, { chunk, sent }: RefusedRequest, random: number): Verdict {
  switch (error.kind) {
    case 'token':
    case 'permission':
    case 'list_full':
      return { next: 'stop-job' };
    case 'permanent':
    case 'unreadable':
      return { next: error.subcode === SUBCODE_NO_SUCH_OBJECT ? 'stop-job' : 'fail-remaining' };
    case 'rate_limited':
    case 'transient':
    case 'timeout':
    case 'list_changed': {
      const attempt = chunk.attempts + 1;
      if (attempt >= MAX_ATTEMPTS) return { next: 'fail-remaining' };
      const named = error.retryAfterSeconds;
      const repeats = error.code === GRAPH_CODE.rateLimitHit && attempt >= HALVE_FROM_ATTEMPT;
      return {
        next: 'requeue',
        requeueAfterSeconds: named ?? requeueSeconds(attempt, random),
        batchSize:
          repeats && named === undefined
            ? Math.ceil(Math.max(sent / 2, Math.min(sent, chunk.total * SMALLEST_SHARE)))
            : undefined,
      };
    }
  }
}

export interface Deadlines {
  /** Milliseconds after the start of a run at which its remaining users fail. */
  readonly jobDeadlineMs: number;
}

/** Milliseconds since the epoch at which the remaining users of the present run fail. */
export function deadlineOf({ retriedAt, createdAt }: Job, { jobDeadlineMs }: Deadlines): number {
  return Date.parse(retriedAt ?? createdAt) + jobDeadlineMs;
}

/** If it is too late to send users of the chunk: why. */
export function overdueFailure({ job, loaded }: JobChunk, deadlines: Deadlines, nowMs: number): Failure | undefined {
  if (nowMs > deadlineOf(job, deadlines)) {
    const message = 'The deadline of the job passed before this user could be sent';
    return { code: loaded.chunk.lastCode ?? GRAPH_CODE.internal, message };
  }
  if (job.expiresAt !== undefined && job.expiresAt <= isoTime(nowMs)) {
    const message = 'The end of the temporary block passed before this user could be blocked';
    return { code: GRAPH_CODE.invalidParameter, message };
  }
  return undefined;
}
