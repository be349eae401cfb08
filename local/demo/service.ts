import { z } from 'zod';
import { PlainError } from '../../lib/plain-error.ts';
import { type ApiCall, callApi } from '../api-client.ts';
import type { StackInfo } from '../cloud/stack-info.ts';

const count = z.number();

export const job = z.object({
  id: z.string(),
  status: z.string(),
  users: z.object({ total: count, succeeded: count, failed: count, remaining: count }),
  chunks: z.object({ total: count, done: count, failed: count }),
});
export type Job = z.infer<typeof job>;

export const jobUser = z.object({
  input: z.string(),
  outcome: z.enum(['succeeded', 'failed', 'deferred']),
  wa_id: z.string().optional(),
  user_id: z.string().optional(),
  code: count.optional(),
  message: z.string().optional(),
});
export type JobUser = z.infer<typeof jobUser>;

export const listedUser = z.object({ wa_id: z.string().optional(), user_id: z.string().optional() });

export const historyEvent = z.object({
  at: z.string(),
  action: z.string(),
  outcome: z.string(),
  code: count.optional(),
  reason: z.string().optional(),
  actor: z.string(),
  on_behalf_of: z.string().optional(),
  source: z.string(),
  job_id: z.string().optional(),
});

export const changed = z.object({
  block_users: z.object({
    added_users: z.array(z.object({ input: z.string(), wa_id: z.string() })).optional(),
    removed_users: z.array(z.object({ input: z.string(), wa_id: z.string() })).optional(),
    deferred_users: z.array(z.object({ input: z.string() })).optional(),
  }),
});

export const userState = z.object({
  blocked: z.boolean(),
  state: z.string(),
  wa_id: z.string().optional(),
  blocked_at: z.string().optional(),
  reason: z.string().optional(),
  blocked_by: z.string().optional(),
  expires_at: z.string().optional(),
});

/** The deployed API of one phone number, as another service of the team would call it. */
export class Service {
  readonly #stack: StackInfo;
  readonly #number: string;

  constructor(stack: StackInfo, phoneNumberId: string) {
    this.#stack = stack;
    this.#number = `/v25.0/${phoneNumberId}/block_users`;
  }

  /** Calls a path below `…/block_users`, and refuses any other status than the one expected. */
  numberCall<T>(call: Omit<ApiCall, 'path'> & { readonly path?: string }, answer: Expected<T>): Promise<T> {
    return this.call({ ...call, path: `${this.#number}${call.path ?? ''}` }, answer);
  }

  async call<T>(call: ApiCall, answer: Expected<T>): Promise<T> {
    const { method, path } = call;
    const { status, body } = await callApi(this.#stack, call);
    if (status !== answer.status) {
      throw new PlainError(`${method} ${path} answered ${status}, not ${answer.status}: ${JSON.stringify(body)}`);
    }
    return answer.schema.parse(body);
  }

  /** Every item of a list, page after page. */
  async all<T>(path: string, item: z.ZodType<T>): Promise<T[]> {
    const schema = z.object({
      data: z.array(item),
      paging: z.object({ cursors: z.object({ after: z.string().optional() }), next: z.string().optional() }),
    });
    const found: T[] = [];
    let cursor = '';
    for (;;) {
      const page = await this.call(
        { method: 'GET', path: `${path}${path.includes('?') ? '&' : '?'}limit=1000${cursor}` },
        { status: 200, schema },
      );
      found.push(...page.data);
      const { after } = page.paging.cursors;
      if (page.paging.next === undefined || after === undefined) return found;
      cursor = `&after=${encodeURIComponent(after)}`;
    }
  }

  /** Who is blocked according to the service's mirror. */
  async blocked(): Promise<Set<string>> {
    const users = await this.all(this.#number, listedUser);
    return new Set(users.flatMap((user) => user.wa_id ?? user.user_id ?? []));
  }
}

export interface Expected<T> {
  readonly status: number;
  readonly schema: z.ZodType<T>;
}
