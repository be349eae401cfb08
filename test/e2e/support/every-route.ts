import type { ApiCall } from '../../../local/api-client.ts';
import { textMessage, webhookPayload } from '../../../local/webhook-payload.ts';
import { phoneNumbers } from './numbers.ts';

/** A call of a route, with the scope that the route takes. */
export interface Ask extends Pick<ApiCall, 'method' | 'path' | 'body'> {
  readonly scope: string;
}

const USERS = phoneNumbers(4, 700);
const [FIRST = '', , , LAST = ''] = USERS;
/** Whom no test blocks. */
const [PROTECTED = ''] = phoneNumbers(1, 105_000);
const NOBODY = '16505559990';
const NO_SUCH_JOB = '01K3B9R6ZC4M8Q2T5V7W9X1Y3Z';

export function change(...users: string[]) {
  return { messaging_product: 'whatsapp', block_users: users.map((user) => ({ user })) };
}

export function jobsFor(...numbers: string[]) {
  return { action: 'block', phone_number_ids: numbers, ...change(FIRST) };
}

/** Every route that has the number in its path, in both forms, or in the id of a job. */
export function routesOfNumber(id: string): Ask[] {
  const job = `/jobs/${id}-${NO_SUCH_JOB}`;
  return [
    ...[`/v25.0/${id}`, `/${id}`].flatMap((number): Ask[] => [
      { scope: 'read', method: 'GET', path: `${number}/block_users` },
      { scope: 'read', method: 'GET', path: `${number}/block_users/${FIRST}` },
      { scope: 'read', method: 'GET', path: `${number}/block_users/%2B${FIRST}/history` },
      { scope: 'read', method: 'POST', path: `${number}/block_users/lookup`, body: { users: USERS } },
      { scope: 'read', method: 'GET', path: `${number}/blocklist` },
      { scope: 'read', method: 'GET', path: `${number}/operations` },
      { scope: 'write', method: 'POST', path: `${number}/block_users`, body: change(FIRST) },
      { scope: 'write', method: 'DELETE', path: `${number}/block_users`, body: change(FIRST) },
      { scope: 'operate', method: 'POST', path: `${number}/blocklist/reconcile` },
    ]),
    { scope: 'read', method: 'GET', path: job },
    { scope: 'read', method: 'GET', path: `${job}/users` },
    { scope: 'operate', method: 'POST', path: `${job}/cancel` },
    { scope: 'operate', method: 'POST', path: `${job}/retry` },
    { scope: 'operate', method: 'POST', path: `${job}/revert` },
  ];
}

/** Every route that has the number in its query or its body. */
export function routesNamingNumber(id: string): Ask[] {
  const webhook = webhookPayload(id, { messages: [textMessage({ from: LAST })] });
  return [
    { scope: 'read', method: 'GET', path: `/jobs?phone_number_id=${id}` },
    { scope: 'write', method: 'POST', path: '/jobs', body: jobsFor(id) },
    // Of nobody else's: other tests look for these users.
    { scope: 'operate', method: 'POST', path: `/users/${NOBODY}/erase`, body: { phone_number_ids: [id] } },
    { scope: 'webhook', method: 'POST', path: '/webhooks/whatsapp', body: webhook },
  ];
}

/** Every route that is about all numbers at once, so that a caller of some numbers may not use it; it leaves nothing behind. */
export const ROUTES_OF_ALL_NUMBERS: readonly Ask[] = [
  { scope: 'read', method: 'GET', path: '/protected_users' },
  { scope: 'operate', method: 'PUT', path: `/protected_users/%2B${PROTECTED}`, body: { reason: 'ours' } },
  { scope: 'read', method: 'GET', path: `/protected_users/${PROTECTED}` },
  { scope: 'operate', method: 'DELETE', path: `/protected_users/${PROTECTED}` },
];

/** Every route that is about no number, but for those that manage keys. */
export const ROUTES_WITHOUT_NUMBER: readonly Ask[] = [
  { scope: 'read', method: 'GET', path: '/numbers' },
  { scope: 'read', method: 'GET', path: '/jobs' },
  { scope: 'read', method: 'GET', path: `/users/${FIRST}` },
  { scope: 'read', method: 'GET', path: `/users/%2B${FIRST}/history` },
  { scope: 'read', method: 'GET', path: '/openapi.json' },
  { scope: 'read', method: 'GET', path: '/health' },
];
