import type { z } from 'zod';
import { list } from '../../lambdas/openapi/user.ts';
import { PlainError } from '../../lib/plain-error.ts';
import { callApi } from '../api-client.ts';
import type { StackInfo } from '../cloud/stack-info.ts';

export type CallOptions = Omit<Parameters<typeof callApi>[1], 'method' | 'path'>;

/** The deployed API of one phone number, as another service of the team would call it. */
export class Service {
  readonly #stack: StackInfo;
  readonly #number: string;

  constructor(stack: StackInfo, phoneNumberId: string) {
    this.#stack = stack;
    this.#number = `/v25.0/${phoneNumberId}/block_users`;
  }

  /** Calls `…/block_users<below>`, and refuses any other status than the one expected. */
  numberCall<T>(
    method: 'GET' | 'POST' | 'DELETE',
    below: string,
    answer: Expected<T>,
    call: CallOptions = {},
  ): Promise<T> {
    return this.call(method, `${this.#number}${below}`, answer, call);
  }

  async call<T>(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    answer: Expected<T>,
    call: CallOptions = {},
  ): Promise<T> {
    const { status, body } = await callApi(this.#stack, { method, path, ...call });
    if (status !== answer.status) {
      throw new PlainError(`${method} ${path} answered ${status}, not ${answer.status}: ${JSON.stringify(body)}`);
    }
    return answer.schema.parse(body);
  }

  /** Every item of a list, page after page; `page` is the answer that has one. */
  async all<T>(path: string, page: z.ZodType<Page<T>>): Promise<T[]> {
    const found: T[] = [];
    let cursor = '';
    for (;;) {
      const call = `${path}${path.includes('?') ? '&' : '?'}limit=1000${cursor}`;
      const { data, paging } = await this.call('GET', call, { status: 200, schema: page });
      found.push(...data);
      const { after } = paging.cursors;
      if (paging.next === undefined || after === undefined) return found;
      cursor = `&after=${encodeURIComponent(after)}`;
    }
  }

  /** Who is blocked according to the service's mirror. */
  async blocked(): Promise<Set<string>> {
    const users = await this.all(this.#number, list);
    return new Set(users.flatMap((user) => user.wa_id ?? user.user_id ?? []));
  }
}

interface Page<T> {
  data: T[];
  paging: { cursors: { after?: string | undefined }; next?: string | undefined };
}

export interface Expected<T> {
  readonly status: number;
  readonly schema: z.ZodType<T>;
}
