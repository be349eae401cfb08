import { readRequest } from '../../lambdas/http/api-request.ts';
import { readChange } from '../../lambdas/http/block-request.ts';

interface Reading {
  readonly what: 'nothing' | 'parse' | 'validate';
  readonly event?: { readonly body: string };
}

/** What is done with the body of a request, or `JSON.parse` alone. */
export async function handler({ what, event }: Reading): Promise<number> {
  if (what === 'nothing' || !event) return 0;
  if (what === 'parse') return JSON.parse(event.body).block_users.length;
  return readChange(readRequest(event, {}), 'block', Date.now()).list.users;
}
