import { JOB_ID, ULID } from '../../lambdas/core/ids.ts';
import { type FoundLine, type Step, stepOf } from './step.ts';

/** Milliseconds since the epoch. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

/** Gives every line with this text, of every log of the stack. */
export type Search = (text: string, window: Window) => Promise<readonly FoundLine[]>;

export type IdKind = 'request' | 'operation' | 'job';

/** A batch of a thousand numbers has as many jobs; nobody reads so many. */
const MOST_JOBS = 20;
const HOUR_MS = 3_600_000;
/** A clock may be a little off, and what led to an operation was earlier: its job may have waited for hours. */
const BEFORE_MS: Readonly<Record<IdKind, number>> = {
  request: 24 * HOUR_MS,
  operation: 24 * HOUR_MS,
  job: HOUR_MS / 12,
};

export function kindOf(id: string): IdKind {
  if (JOB_ID.test(id)) return 'job';
  return ULID.test(id) ? 'operation' : 'request';
}

/** When to look from, unless somebody says so: ids of operations and jobs have their time in them. */
export function startOf(id: string, nowMs: number): number {
  const kind = kindOf(id);
  return (kind === 'request' ? nowMs : timeOf(id.slice(-26))) - BEFORE_MS[kind];
}

const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** The milliseconds that a ULID begins with. */
function timeOf(ulid: string): number {
  return [...ulid.slice(0, 10)].reduce((sum, letter) => sum * 32 + DIGITS.indexOf(letter), 0);
}

/**
 * Every step that belongs to an id, oldest first: its own lines, and those of the jobs that they name. From an operation or a
 * job it also goes back to the requests that caused it. Requests that only looked at a job are left out.
 */
export async function follow(search: Search, id: string, window: Window): Promise<{ steps: Step[]; more: boolean }> {
  const asked = new Set<string>();
  const open = [id];
  const found = new Map<string, Step>();
  let more = false;
  for (let next = open.shift(); next !== undefined; next = open.shift()) {
    asked.add(next);
    for (const line of await search(next, window)) {
      const step = stepOf(line);
      if (step === undefined || !line.text.includes(`"${next}"`)) continue;
      const isOwn = step.request_id === id;
      if (!isOwn && step.what.startsWith('GET /')) continue;
      found.set(`${line.group} ${line.at} ${line.text}`, step);
      const causes = kindOf(id) === 'request' ? [step.job_id] : [step.request_id, step.job_id];
      for (const cause of causes) {
        if (cause === undefined || asked.has(cause) || open.includes(cause)) continue;
        if (asked.size + open.length > MOST_JOBS) more = true;
        else open.push(cause);
      }
    }
  }
  return { steps: [...found.values()].sort((one, other) => one.at.localeCompare(other.at)), more };
}
