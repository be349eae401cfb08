import type { z } from 'zod';
import { list } from '../../lambdas/openapi/user.ts';
import { PlainError } from '../../lib/plain-error.ts';
import { type ApiCall, callApi } from '../api-client.ts';
import type { StackInfo } from '../cloud/stack-info.ts';

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

  /** Every item of a list, page after page; `page` is the answer that has one. */
  async all<T>(path: string, page: z.ZodType<Page<T>>): Promise<T[]> {
    const found: T[] = [];
    let cursor = '';
    for (;;) {
      const { data, paging } = await this.call(
        { method: 'GET', path: `${path}${path.includes('?') ? '&' : '?'}limit=1000${cursor}` },
        { status: 200, schema: page },
      );
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
