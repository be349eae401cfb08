import { readRequest } from '../../lambdas/http/api-request.ts';
import { readChange } from '../../lambdas/http/block-request.ts';

/** What is done with the body of a request, or `JSON.parse` alone, or nothing without one. */
export async function handler({ what, event }: { what: 'parse' | 'validate'; event?: { body: string } }) {
  if (!event) return 0;
  if (what === 'parse') return JSON.parse(event.body).block_users.length;
  return readChange(readRequest(event, {}), 'block', Date.now()).list.users;
}
