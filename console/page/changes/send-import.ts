import { useEffect, useState } from 'preact/hooks';
import { isFinal } from '../../../cli/api/is-final.ts';
import { paths } from '../../../cli/api/paths.ts';
import type { Group } from '../../../cli/import/groups.ts';
import { OPEN_AT_ONCE, sendInWaves } from '../../../cli/import/waves.ts';
import type { CreatedJobs, Job } from '../../../lambdas/openapi/job.ts';
import { type Call, callService, type Result } from '../service/call.ts';
import type { Failure } from '../service/failure.ts';
import { type ImportState, writeImportState } from './import-state.ts';
import { bodiesOf } from './read-import.ts';

/** The import that is being sent, on whatever page the person is. */
export interface Running {
  readonly name: string;
  readonly sent: number;
  readonly requests: number;
  /** Ends the sending; it can go on later. */
  readonly stop: () => void;
}

let running: Running | undefined;
const listeners = new Set<(running: Running | undefined) => void>();

function set(next: Running | undefined): void {
  running = next;
  for (const listener of listeners) listener(next);
}

export function useRunningImport(): Running | undefined {
  const [shown, setShown] = useState(running);
  useEffect(() => {
    listeners.add(setShown);
    setShown(running);
    return () => void listeners.delete(setShown);
  }, []);
  return shown;
}

export type SentImport =
  | { readonly kind: 'sent'; readonly jobs: number; readonly last: readonly string[] }
  /** The service knew the first request: the same was imported within a day. */
  | { readonly kind: 'before'; readonly jobs: number; readonly last: readonly string[] }
  | { readonly kind: 'stopped'; readonly sent: number; readonly failure?: Failure | undefined };

/** Milliseconds between two looks at jobs that must end before more is sent. */
const EVERY = 2_000;

/** Ends the sending, with why. */
class Stopped extends Error {
  readonly failure: Failure | undefined;

  constructor(failure?: Failure) {
    super('The sending stopped');
    this.failure = failure;
  }
}

/**
 * Sends what is left of an import. What was sent is kept after each request, so that it can go on after a reload.
 *
 * @param isAnew whether this tab has sent nothing of it: then a job that has ended was made by an earlier import of the same
 */
export async function sendImport(begun: ImportState, groups: readonly Group[], isAnew: boolean): Promise<SentImport> {
  let state = begun;
  let wasKnown = false;
  const end = new AbortController();
  const { signal } = end;
  const show = () => {
    set({ name: state.name, sent: state.sent, requests: state.requests, stop: () => end.abort() });
  };
  const bodies = bodiesOf({ groups }, state.chosen);
  writeImportState(state);
  show();
  try {
    await sendInWaves({
      groups: bodies,
      sent: begun.sent,
      recent: begun.recent,
      send: async (body, index) => {
        if (signal.aborted) throw new Stopped();
        const { onBehalfOf } = state;
        const { data } = await sendBody({ body, idempotencyKey: `${state.key}-${index}`, onBehalfOf }, signal);
        wasKnown ||= isAnew && index === 0 && data.every(isFinal);
        const { sent, jobs, recent } = state;
        const ids = data.map(({ id }) => id);
        state = { ...state, sent: sent + 1, jobs: jobs + ids.length, recent: [...recent, ids].slice(-OPEN_AT_ONCE) };
        writeImportState(state);
        show();
        return data;
      },
      isOpen: async (id) => !isFinal(bodyOrStop(await callService<Job>({ path: paths.job(id) }))),
      pause: () => wait(EVERY, signal),
    });
    writeImportState(undefined);
    return { kind: wasKnown ? 'before' : 'sent', jobs: state.jobs, last: state.recent.at(-1) ?? [] };
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
    return { kind: 'stopped', sent: state.sent, failure: error.failure };
  } finally {
    set(undefined);
  }
}

/** Times that a request is repeated which the service cannot take now, and the longest wait for which it may ask. */
const REPEATS = 5;
const LONGEST_WAIT_SECONDS = 60;

async function sendBody(
  of: Pick<Call, 'body' | 'idempotencyKey' | 'onBehalfOf'>,
  signal: AbortSignal,
): Promise<CreatedJobs> {
  for (let repeat = 0; ; repeat += 1) {
    const result = await callService<CreatedJobs>({ method: 'POST', path: paths.jobs, ...of });
    if (result.ok || result.failure.kind !== 'unavailable' || repeat === REPEATS) return bodyOrStop(result);
    const { retryAfter = 1 } = result.failure;
    if (retryAfter > LONGEST_WAIT_SECONDS) return bodyOrStop(result);
    await wait(retryAfter * 1000, signal);
  }
}

function bodyOrStop<T>(result: Result<T>): T {
  if (result.ok) return result.body;
  throw new Stopped(result.failure);
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    const onEnd = () => {
      clearTimeout(timer);
      reject(new Stopped());
    };
    if (signal.aborted) onEnd();
    signal.addEventListener('abort', onEnd, { once: true });
  });
}
