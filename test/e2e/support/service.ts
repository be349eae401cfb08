import type { z } from 'zod';
import { mapConcurrent } from '../../../lambdas/core/map-concurrent.ts';
import { blocklist, type Blocklist as Summary } from '../../../lambdas/openapi/blocklist.ts';
import { accepted } from '../../../lambdas/openapi/change.ts';
import {
  type CreatedJobs,
  createdJobs,
  type Job,
  type JobUser,
  job as jobAnswer,
  jobs,
  jobUsers as jobUsersAnswer,
} from '../../../lambdas/openapi/job.ts';
import { type Operation, operations } from '../../../lambdas/openapi/operation.ts';
import {
  type AuditEvent,
  history,
  type ListedUser,
  type LookedUpUser,
  list,
  lookup,
  type User,
  user as userAnswer,
} from '../../../lambdas/openapi/user.ts';
import { type ApiAnswer, type ApiCall, callApi } from '../../../local/api-client.ts';
import { until } from '../../../local/until.ts';
import { place } from './place.ts';

/** An answer that has a page of a list. */
export interface Page<T> {
  data: T[];
  paging: { next?: string | undefined; previous?: string | undefined };
}

export function call(request: ApiCall): Promise<ApiAnswer> {
  return callApi(place.stack, request);
}

/** Calls a link exactly as an answer gave it. One without a host is on the host that gave it (RFC 9110, Location). */
export function follow(link: string): Promise<ApiAnswer> {
  const { apiUrl } = place.stack;
  const { href } = new URL(link, apiUrl);
  if (!href.startsWith(`${apiUrl}/`)) throw new Error(`${link} leads away from ${apiUrl}`);
  return call({ method: 'GET', path: href.slice(apiUrl.length) });
}

/** The body of an answer that must have this status; fails with the whole answer otherwise. */
export function read<T>(answer: ApiAnswer, status: number, schema: z.ZodType<T>): T {
  if (answer.status === status) return schema.parse(answer.body);
  throw new Error(`Answered ${answer.status}, not ${status}: ${JSON.stringify(answer.body)}`);
}

/** A page, and then page after page by the links that the answers give. */
async function* pagesFrom<T>(first: string, page: z.ZodType<Page<T>>): AsyncGenerator<Page<T>> {
  let current = read(await call({ method: 'GET', path: first }), 200, page);
  yield current;
  while (current.paging.next !== undefined) {
    current = read(await follow(current.paging.next), 200, page);
    yield current;
  }
}

async function allFrom<T>(first: string, page: z.ZodType<Page<T>>): Promise<T[]> {
  const all: T[] = [];
  for await (const { data } of pagesFrom(first, page)) all.push(...data);
  return all;
}

/** As an entry of Graph's body. */
export function entry(user: string): { user: string } | { user_id: string } {
  return /^[A-Z]{2}\./.test(user) ? { user_id: user } : { user };
}

export interface ChangeOptions {
  reason?: string;
  /** What else a block asks for. */
  terms?: { readonly expires_in?: number; readonly expires_at?: string; readonly defer?: boolean };
  headers?: Readonly<Record<string, string>>;
}

/** The deployed API as the team's other services use it for one phone number. */
export class Blocklist {
  readonly #number: string;
  readonly path: string;

  constructor(phoneNumberId: string, version: string | null = 'v25.0') {
    this.#number = `${version === null ? '' : `/${version}`}/${phoneNumberId}`;
    this.path = `${this.#number}/block_users`;
  }

  block(users: readonly string[], options: ChangeOptions = {}): Promise<ApiAnswer> {
    return this.#change('POST', users, options);
  }

  unblock(users: readonly string[], options: ChangeOptions = {}): Promise<ApiAnswer> {
    return this.#change('DELETE', users, options);
  }

  /** Has the mirror compared with Graph's list. */
  reconcile(): Promise<ApiAnswer> {
    return call({ method: 'POST', path: `${this.#number}/blocklist/reconcile` });
  }

  /** How full the list is, and what runs on it. */
  async summary(): Promise<Summary> {
    return read(await call({ method: 'GET', path: `${this.#number}/blocklist` }), 200, blocklist);
  }

  /** Which of these are blocked; one row for each. */
  async lookUp(users: readonly unknown[]): Promise<LookedUpUser[]> {
    const answer = await call({ method: 'POST', path: `${this.path}/lookup`, body: { users } });
    return read(answer, 200, lookup).data;
  }

  /** What was done to the number, page by page, newest first. */
  operationPages(query: Readonly<Record<string, string>> = {}): AsyncGenerator<Page<Operation>> {
    return pagesFrom(`${this.#number}/operations?${new URLSearchParams(query)}`, operations);
  }

  #change(
    method: 'POST' | 'DELETE',
    users: readonly string[],
    { reason, headers, terms }: ChangeOptions,
  ): Promise<ApiAnswer> {
    return call({
      method,
      path: this.path,
      body: { messaging_product: 'whatsapp', block_users: users.map(entry), reason, ...terms },
      ...(headers !== undefined && { headers }),
    });
  }

  /** `user` in any spelling; encoded as a path needs it. */
  async user(user: string): Promise<User> {
    return read(await call({ method: 'GET', path: `${this.path}/${encodeURIComponent(user)}` }), 200, userAnswer);
  }

  /** Everything that is known to have happened to a user, newest first. */
  history(user: string): Promise<AuditEvent[]> {
    return allFrom(`${this.path}/${encodeURIComponent(user)}/history`, history);
  }

  /** Histories of many users, by user. */
  async histories(users: readonly string[]): Promise<Map<string, AuditEvent[]>> {
    const histories = new Map<string, AuditEvent[]>();
    await mapConcurrent(users, 8, async (user) => void histories.set(user, await this.history(user)));
    return histories;
  }

  pages(query = ''): AsyncGenerator<Page<ListedUser>> {
    return pagesFrom(`${this.path}${query}`, list);
  }

  /** The whole mirror with all that it says of each user. */
  mirror(): Promise<ListedUser[]> {
    return allFrom(`${this.path}?limit=1000&fields=wa_id,user_id,input,reason,blocked_at,blocked_by,source`, list);
  }

  /** The ids of the whole mirror. */
  async blocked(): Promise<string[]> {
    return (await allFrom(`${this.path}?limit=1000`, list)).map(idOf);
  }
}

export function idOf(user: { wa_id?: string | undefined; user_id?: string | undefined }): string {
  return user.wa_id ?? user.user_id ?? '';
}

/** The job of an answer that accepted one. */
export function acceptedJob(answer: ApiAnswer): Job {
  return read(answer, 202, accepted).job;
}

/** The jobs of an answer that accepted one for each of several numbers. */
export function acceptedBatch(answer: ApiAnswer): CreatedJobs {
  return read(answer, 202, createdJobs);
}

/** `POST /jobs/{id}/cancel`, `/retry` or `/revert`; gives the job as the answer has it. */
export async function control(
  job: Pick<Job, 'id'>,
  verb: 'cancel' | 'retry' | 'revert',
  body?: Readonly<Record<string, unknown>>,
): Promise<Job> {
  return read(await call({ method: 'POST', path: `/jobs/${job.id}/${verb}`, body }), 202, jobAnswer);
}

export function jobPages(query: string): AsyncGenerator<Page<Job>> {
  return pagesFrom(`/jobs${query}`, jobs);
}

export async function getJob(id: string): Promise<Job> {
  return read(await call({ method: 'GET', path: `/jobs/${id}` }), 200, jobAnswer);
}

/** The job once it has ended; `seen` is shown every state on the way. */
export function endOf({ id }: Pick<Job, 'id'>, deadlineMs = 60_000, seen?: (job: Job) => void): Promise<Job> {
  return until(
    `the end of job ${id}`,
    async () => {
      const job = await getJob(id);
      seen?.(job);
      return job.status === 'queued' || job.status === 'running' ? undefined : job;
    },
    deadlineMs,
  );
}

export function jobUsers({ id }: Pick<Job, 'id'>, query = '?limit=1000'): Promise<JobUser[]> {
  return allFrom(`/jobs/${id}/users${query}`, jobUsersAnswer);
}
