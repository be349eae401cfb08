import { z } from 'zod';
import { mapConcurrent } from '../../../lambdas/core/map-concurrent.ts';
import { type ApiAnswer, type ApiCall, callApi } from '../../../local/api-client.ts';
import { until } from '../../../local/until.ts';
import { place } from './place.ts';

const count = z.number();
const maybe = z.string().optional();

export const listedUser = z.object({
  messaging_product: z.literal('whatsapp').optional(),
  wa_id: maybe,
  user_id: maybe,
  input: maybe,
  reason: maybe,
  blocked_at: maybe,
  expires_at: maybe,
  blocked_by: maybe,
  source: maybe,
});
export type ListedUser = z.infer<typeof listedUser>;

const historyEvent = z.object({
  at: z.string(),
  action: z.string(),
  outcome: z.string(),
  code: count.optional(),
  reason: maybe,
  actor: z.string(),
  on_behalf_of: maybe,
  source: z.string(),
  operation_id: z.string(),
  job_id: maybe,
  expires_at: maybe,
  previous: maybe,
});
export type HistoryEvent = z.infer<typeof historyEvent>;

const lookedUp = z.object({
  input: z.string(),
  blocked: z.boolean(),
  state: z.string(),
  wa_id: maybe,
  user_id: maybe,
  blocked_at: maybe,
  reason: maybe,
  blocked_by: maybe,
  source: maybe,
  errors: z.array(z.object({ code: count, message: z.string() })).optional(),
});
export type LookedUp = z.infer<typeof lookedUp>;

const operation = z.object({
  operation_id: z.string(),
  at: z.string(),
  action: z.string(),
  source: z.string(),
  actor: z.string(),
  on_behalf_of: maybe,
  reason: maybe,
  status: z.string(),
  users: count,
  counts: z.object({ succeeded: count, failed: count, deferred: count }),
  duration_ms: count.optional(),
  code: count.optional(),
  job_id: maybe,
});
export type Operation = z.infer<typeof operation>;

const jobSchema = z.object({
  id: z.string(),
  batch_id: maybe,
  phone_number_id: z.string(),
  action: z.string(),
  status: z.string(),
  users: z.object({ total: count, succeeded: count, failed: count, deferred: count, remaining: count }),
  chunks: z.object({ total: count, done: count, failed: count }),
  created_at: z.string(),
  started_at: maybe,
  finished_at: maybe,
  retried_at: maybe,
  cancelled_at: maybe,
  cancelled_by: maybe,
  requested_by: z.string(),
  on_behalf_of: maybe,
  reason: maybe,
  expires_at: maybe,
  defer: z.boolean().optional(),
  activity: z.array(z.object({ at: z.string(), verb: z.string(), actor: z.string(), on_behalf_of: maybe })),
  error: z.object({ code: count, message: z.string() }).optional(),
});
export type Job = z.infer<typeof jobSchema>;
const accepted = z.object({ messaging_product: z.literal('whatsapp'), job: jobSchema });
const batch = z.object({ batch_id: z.string(), data: z.array(jobSchema) });
export type Batch = z.infer<typeof batch>;

const jobUser = z.object({
  input: z.string(),
  outcome: z.enum(['succeeded', 'failed', 'deferred']),
  wa_id: maybe,
  user_id: maybe,
  code: count.optional(),
  message: maybe,
});
export type JobUser = z.infer<typeof jobUser>;

const paging = z.object({ next: maybe, previous: maybe });
export type Page<T> = { data: T[]; paging: z.infer<typeof paging> };

export function call(request: ApiCall): Promise<ApiAnswer> {
  return callApi(place.stack, request);
}

/** Calls a link exactly as an answer gave it. One without a host is on the host that gave it (RFC 9110, Location). */
export function follow(link: string): Promise<ApiAnswer> {
  return callApi(
    { apiUrl: '' },
    { method: 'GET', path: URL.parse(link)?.href ?? new URL(link, place.stack.apiUrl).href },
  );
}

/** The body of an answer that must have this status; fails with the whole answer otherwise. */
export function read<T>(answer: ApiAnswer, status: number, schema: z.ZodType<T>): T {
  if (answer.status === status) return schema.parse(answer.body);
  throw new Error(`Answered ${answer.status}, not ${status}: ${JSON.stringify(answer.body)}`);
}

/** A page, and then page after page by the links that the answers give. */
export async function* pagesFrom<T>(first: string, item: z.ZodType<T>): AsyncGenerator<Page<T>> {
  const page = z.object({ data: z.array(item), paging });
  let current = read(await call({ method: 'GET', path: first }), 200, page);
  yield current;
  while (current.paging.next !== undefined) {
    current = read(await follow(current.paging.next), 200, page);
    yield current;
  }
}

async function allFrom<T>(first: string, item: z.ZodType<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const { data } of pagesFrom(first, item)) all.push(...data);
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
  async summary(): Promise<unknown> {
    return read(await call({ method: 'GET', path: `${this.#number}/blocklist` }), 200, z.unknown());
  }

  /** Which of these are blocked; one row for each. */
  async lookUp(users: readonly unknown[]): Promise<LookedUp[]> {
    const answer = await call({ method: 'POST', path: `${this.path}/lookup`, body: { users } });
    return read(answer, 200, z.object({ data: z.array(lookedUp) })).data;
  }

  /** What was done to the number, page by page, newest first. */
  operationPages(query: Readonly<Record<string, string>> = {}): AsyncGenerator<Page<Operation>> {
    return pagesFrom(`${this.#number}/operations?${new URLSearchParams(query)}`, operation);
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
  async user(user: string): Promise<unknown> {
    return read(await call({ method: 'GET', path: `${this.path}/${encodeURIComponent(user)}` }), 200, z.unknown());
  }

  /** Everything that is known to have happened to a user, newest first. */
  history(user: string): Promise<HistoryEvent[]> {
    return allFrom(`${this.path}/${encodeURIComponent(user)}/history`, historyEvent);
  }

  /** Histories of many users, by user. */
  async histories(users: readonly string[]): Promise<Map<string, HistoryEvent[]>> {
    const histories = new Map<string, HistoryEvent[]>();
    await mapConcurrent(users, 8, async (user) => void histories.set(user, await this.history(user)));
    return histories;
  }

  pages(query = ''): AsyncGenerator<Page<ListedUser>> {
    return pagesFrom(`${this.path}${query}`, listedUser);
  }

  /** The whole mirror with all that it says of each user. */
  mirror(): Promise<ListedUser[]> {
    return allFrom(
      `${this.path}?limit=1000&fields=wa_id,user_id,input,reason,blocked_at,blocked_by,source`,
      listedUser,
    );
  }

  /** The ids of the whole mirror. */
  async blocked(): Promise<string[]> {
    return (await allFrom(`${this.path}?limit=1000`, listedUser)).map(idOf);
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
export function acceptedBatch(answer: ApiAnswer): Batch {
  return read(answer, 202, batch);
}

/** `POST /jobs/{id}/cancel` or `/retry`; gives the job as the answer has it. */
export async function control(job: Pick<Job, 'id'>, verb: 'cancel' | 'retry'): Promise<Job> {
  return read(await call({ method: 'POST', path: `/jobs/${job.id}/${verb}` }), 202, jobSchema);
}

export function jobPages(query: string): AsyncGenerator<Page<Job>> {
  return pagesFrom(`/jobs${query}`, jobSchema);
}

export async function getJob(id: string): Promise<Job> {
  return read(await call({ method: 'GET', path: `/jobs/${id}` }), 200, jobSchema);
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
  return allFrom(`/jobs/${id}/users${query}`, jobUser);
}
