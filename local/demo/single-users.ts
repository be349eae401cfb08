import { blocked, unblocked } from '../../lambdas/openapi/change.ts';
import { history, user as userAnswer } from '../../lambdas/openapi/user.ts';
import { received } from '../../lambdas/openapi/webhook.ts';
import { PlainError } from '../../lib/plain-error.ts';
import { until } from '../until.ts';
import { hubSignature, textMessage, webhookPayload } from '../webhook-payload.ts';
import { DEMO_NUMBER } from './make-list.ts';
import type { Service } from './service.ts';

type Say = (line?: string) => void;

/** The user of `deferAndHear`. */
export const DEFERRED_USER = '16505550198';
const HEADERS = { 'x-on-behalf-of': 'ana@support' };

const BLOCKED = { status: 200, schema: blocked };
const UNBLOCKED = { status: 200, schema: unblocked };

const change = (method: 'POST' | 'DELETE', user: string, terms: object = {}) => ({
  method,
  headers: HEADERS,
  body: { messaging_product: 'whatsapp', block_users: [{ user }], ...terms },
});
const block = (user: string, terms: object) => change('POST', user, terms);
const unblock = (user: string) => change('DELETE', user);
const pathOf = (user: string) => `/${encodeURIComponent(user)}`;
const ask = (service: Service, user: string) =>
  service.numberCall({ method: 'GET', path: pathOf(user) }, { status: 200, schema: userAnswer });

/** What happened to a user, newest first, as it is printed; gives it in short. */
async function showHistory(service: Service, user: string, say: Say): Promise<string> {
  const { data } = await service.numberCall(
    { method: 'GET', path: `${pathOf(user)}/history` },
    { status: 200, schema: history },
  );
  for (const { at, action, outcome, actor, source, on_behalf_of } of data) {
    const who = on_behalf_of === undefined ? actor : `${actor} for ${on_behalf_of}`;
    say(`  history    ${at}  ${action} ${outcome} by ${who} (${source})`);
  }
  return data.map(({ action, outcome, source }) => `${action} ${outcome} ${source}`).join(', ');
}

/** One user by hand: blocked, looked up, unblocked, and the whole of it explained. */
export async function blockAndUnblock(service: Service, say: Say): Promise<boolean> {
  const user = '+1 (650) 555-0199';
  say(`\nOne user, ${user}`);
  const added = await service.numberCall(
    block(user, { reason: 'threatened an agent', reason_code: 'harassment' }),
    BLOCKED,
  );
  say(`  blocked    as wa_id ${added.block_users.added_users?.[0]?.wa_id}`);
  const before = await ask(service, user);
  say(`  state      ${before.state} since ${before.blocked_at}, "${before.reason}"`);
  await service.numberCall(unblock(user), UNBLOCKED);
  const after = await ask(service, user);
  say(`  unblocked  now ${after.state}`);
  const shown = await showHistory(service, user, say);
  return before.blocked && !after.blocked && shown === 'unblock succeeded api, block succeeded api';
}

/**
 * A user who wrote days ago. Their block is deferred, and made as soon as they write; then they are unblocked, so that the
 * list is as before.
 */
export async function deferAndHear(service: Service, graphUrl: string, say: Say): Promise<boolean> {
  const user = DEFERRED_USER;
  say(`\nA user who did not write in the last 24 hours, +${user}`);
  await silence(graphUrl, user, null);
  const request = block(user, { reason: 'threats', defer: true });
  const { block_users: first } = await service.numberCall(request, BLOCKED);
  say(`  deferred   ${first.deferred_users?.[0]?.input}; state ${(await ask(service, user)).state}`);
  await silence(graphUrl, user, Date.now());
  const body = webhookPayload(DEMO_NUMBER, { messages: [textMessage({ from: user })] });
  const headers = { ...HEADERS, 'x-hub-signature-256': hubSignature(body) };
  const answer = { status: 200, schema: received };
  const { blocked: count } = await service.call({ method: 'POST', path: '/webhooks/whatsapp', body, headers }, answer);
  const now = await ask(service, user);
  say(`  writes     the forwarded webhook blocked ${count}; state ${now.state}`);
  await service.numberCall(unblock(user), UNBLOCKED);
  const shown = await showHistory(service, user, say);
  return now.blocked && shown === 'unblock succeeded api, block succeeded webhook, block deferred api';
}

/** Begins a block for a few seconds; gives what waits for the schedule to end it. */
export async function blockForSeconds(service: Service, say: Say): Promise<() => Promise<boolean>> {
  const user = '+1 650 555 0197';
  const request = block(user, { reason: 'cool off', expires_in: 5 });
  await service.numberCall(request, BLOCKED);
  const { state, expires_at: expiresAt } = await ask(service, user);
  say(`\nA block for five seconds, ${user}: ${state} until ${expiresAt}`);
  return async () => {
    say(`\nWaiting for the schedule to end the block of ${user}; it comes every minute`);
    const isOver = async () => ((await ask(service, user)).blocked ? undefined : true);
    await until('the end of the temporary block', isOver, 100_000);
    return (await showHistory(service, user, say)) === 'unblock succeeded expiry, block succeeded api';
  };
}

/** When the user last wrote, for the simulator: a time, or never. */
async function silence(graphUrl: string, user: string, at: number | null): Promise<void> {
  const body = JSON.stringify({ lastInboundAt: { users: [user], at } });
  const { ok, status } = await fetch(`${graphUrl}/_simulator/users`, { method: 'PATCH', body });
  if (!ok) throw new PlainError(`The simulator refused the change of a user with ${status}.`);
}
