import { gatewayEvent } from '../../test/support/gateway.ts';

/** What the simulator accepts by default. No secret: nothing but the simulator takes it. */
export const SIMULATOR_TOKEN = 'EAA-local-simulator-token';
export const VERSION = 'v25.0';

/** Numbers that Graph takes for WhatsApp users, no two the same. */
export function users(count: number, first = 0): string[] {
  return Array.from({ length: count }, (_, index) => String(16_500_000_000 + first + index));
}

const HEADERS = { 'Content-Type': 'application/json', 'X-On-Behalf-Of': 'ana@support' };

/** `POST …/block_users`, as API Gateway hands it to the function, with what callers of a support tool are likely to say. */
export function blockEvent(
  phoneNumberId: string,
  ids: readonly string[],
  authorizer?: Record<string, unknown>,
): unknown {
  const reason = 'Threatened an agent, ticket 48213';
  const body = { messaging_product: 'whatsapp', block_users: ids.map((user) => ({ user })), reason };
  const caller = authorizer && { authorizer, identity: null };
  return gatewayEvent({ path: { version: VERSION, phoneNumberId }, headers: HEADERS, body, ...caller });
}

/** `GET …/block_users/{user}` */
export function lookUpEvent(phoneNumberId: string, user: string): unknown {
  return gatewayEvent({
    method: 'GET',
    path: { version: VERSION, phoneNumberId, user },
    resource: '/{version}/{phoneNumberId}/block_users/{user}',
  });
}
