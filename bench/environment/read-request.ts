import { DEFAULT_REASON_CODES } from '../../lambdas/contract/reasons.ts';
import { readRequest } from '../../lambdas/http/api-request.ts';
import { readChange } from '../../lambdas/http/block-request.ts';

/** What is done with the body of a request, or `JSON.parse` alone, or nothing without one. */
export async function handler({ what, event }: { what: 'parse' | 'validate'; event?: { body: string } }) {
  if (!event) return 0;
  if (what === 'parse') return JSON.parse(event.body).block_users.length;
  const rules = { nowMs: Date.now(), reasonCodes: DEFAULT_REASON_CODES, requireReason: 'none' } as const;
  return readChange(readRequest(event, {}), 'block', rules).list.users;
}
