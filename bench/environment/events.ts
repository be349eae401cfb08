import { gatewayEvent } from '../../test/support/gateway.ts';

/** Numbers that Graph takes for WhatsApp users, no two the same. */
export function users(count: number, first = 0): string[] {
  return Array.from({ length: count }, (_, index) => String(16_500_000_000 + first + index));
}

/** What a caller says of a request, as long as callers of a support tool are likely to make it. */
const CALLER = {
  headers: { 'Content-Type': 'application/json', 'X-On-Behalf-Of': 'ana@support' },
  reason: 'Threatened an agent, ticket 48213',
};

export const bodyOf = (ids: readonly string[]): string =>
  JSON.stringify({ messaging_product: 'whatsapp', block_users: ids.map((user) => ({ user })), reason: CALLER.reason });

/** `POST …/block_users`, as API Gateway hands it to the function. */
export function blockEvent(phoneNumberId: string, ids: readonly string[]): unknown {
  return gatewayEvent({ path: { version: 'v25.0', phoneNumberId }, headers: CALLER.headers, body: bodyOf(ids) });
}

/** `GET …/block_users/{user}` */
export function lookUpEvent(phoneNumberId: string, user: string): unknown {
  return gatewayEvent({
    method: 'GET',
    path: { version: 'v25.0', phoneNumberId, user },
    resource: '/{version}/{phoneNumberId}/block_users/{user}',
  });
}
