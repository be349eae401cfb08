/** Changes that the service makes by itself: blocks that end, blocks that wait for their user to write, users who move. */
import { afterAll, describe, expect, test } from 'vitest';
import { until } from '../../local/until.ts';
import { systemMessage, textMessage } from '../../local/webhook-payload.ts';
import { expectBlocked } from './support/accounted.ts';
import { phoneNumberId, phoneNumbers } from './support/numbers.ts';
import { acceptedJob, Blocklist, endOf, jobUsers } from './support/service.ts';
import { simulator } from './support/simulator.ts';
import { putTokens } from './support/tokens.ts';
import { forward } from './support/webhook.ts';

/** The schedule comes every minute. */
const NEXT_RUN_MS = 150_000;
const BSUID = 'US.13491208655302749977';

const [SILENT = '', TEMPORARY = '', RENEWED = '', FOREVER = '', STRANGER = '', UNRECORDED = ''] = phoneNumbers(
  6,
  5_000,
);

/** They did not write to the number in the last 24 hours. */
const silence = (id: string, users: readonly string[]) =>
  simulator.changeUsers({ lastInboundAt: { users: [...users], at: null, phoneNumberId: id } });
const wrote = (id: string, users: readonly string[]) =>
  simulator.changeUsers({ lastInboundAt: { users: [...users], at: Date.now(), phoneNumberId: id } });

afterAll(async () => {
  await putTokens({});
  await simulator.calm();
});

// Side by side: most of their time is waiting for a schedule. Each has a number of its own, and none sets what others see.
describe.concurrent('without a request, the service', () => {
  test('ends a temporary block by its schedule, and records it, but not one that was renewed', async () => {
    const id = phoneNumberId('temporary');
    const blocklist = new Blocklist(id);
    const answer = await blocklist.block([TEMPORARY, RENEWED], { reason: 'cool off', terms: { expires_in: 20 } });
    expect(answer.status).toBe(200);
    expect((await blocklist.block([FOREVER])).status).toBe(200);
    const [listed] = (await blocklist.mirror()).filter(({ wa_id }) => wa_id === TEMPORARY);
    expect(await blocklist.summary()).toMatchObject({ size: 3, expiring: 2 });
    const state = { blocked: true, state: 'blocked', reason: 'cool off', expires_at: expect.any(String) };
    expect(await blocklist.user(TEMPORARY)).toMatchObject(state);
    expect((await blocklist.block([RENEWED], { reason: 'for good' })).status).toBe(200);
    expect(await blocklist.user(RENEWED)).not.toHaveProperty('expires_at');
    expect(listed).toBeDefined();

    await until('the end of a temporary block', () => unblocked(blocklist, TEMPORARY), NEXT_RUN_MS);
    await expectBlocked(id, [RENEWED, FOREVER]);
    expect(await blocklist.summary()).toMatchObject({ size: 2, expiring: 0 });
    const [end, start] = await blocklist.history(TEMPORARY);
    expect(start).toMatchObject({ action: 'block', source: 'api', reason: 'cool off', expires_at: expect.any(String) });
    expect(end).toMatchObject({ action: 'unblock', outcome: 'succeeded', source: 'expiry', actor: 'blocklist' });
    expect(end?.at && start?.expires_at && end.at >= start.expires_at).toBe(true);
    const [operation] = (await blocklist.operationPages().next()).value?.data ?? [];
    expect(operation).toMatchObject({ action: 'unblock', source: 'expiry', counts: { succeeded: 1 } });
  });

  test('ends a temporary block that Graph made without confirming it, once the list shows it', async () => {
    const id = phoneNumberId('unrecorded');
    const blocklist = new Blocklist(id);
    await simulator.addFaults({ phoneNumberId: id, method: 'POST', fault: { kind: 'forget' } });
    const answer = await blocklist.block([UNRECORDED], { reason: 'cool off', terms: { expires_in: 20 } });
    const details = 'Graph returned no result for this user; the user may or may not have been changed';
    const failure = { errors: [{ code: 139103, error_data: { details } }] };
    expect(answer).toMatchObject({ status: 400, body: { block_users: { failed_users: [failure] } } });
    const operationNow = async () => (await blocklist.operationPages().next()).value?.data[0];
    expect(await operationNow()).toMatchObject({ status: 'uncertain', counts: { succeeded: 0, failed: 1 } });
    expect(await simulator.list(id)).toEqual([UNRECORDED]);

    expect((await blocklist.reconcile()).status).toBe(202);
    await until('the end of a block that Graph did not confirm', () => unblocked(blocklist, UNRECORDED), NEXT_RUN_MS);
    expect(
      (await blocklist.history(UNRECORDED)).map(({ action, outcome, source }) => [action, outcome, source]),
    ).toEqual([
      ['unblock', 'succeeded', 'expiry'],
      ['block', 'succeeded', 'api'],
      ['block', 'failed', 'api'],
    ]);
    const [, block] = await blocklist.history(UNRECORDED);
    expect(block).toMatchObject({ reason: 'cool off', expires_at: expect.any(String) });
    await expectBlocked(id, []);
  });

  test('ends the blocks of a whole job', async () => {
    const id = phoneNumberId('temporary job');
    const blocklist = new Blocklist(id);
    const users = phoneNumbers(2_500, 6_000);
    const expires_at = new Date(Date.now() + 25_000).toISOString();
    const job = await endOf(acceptedJob(await blocklist.block(users, { terms: { expires_at } })));
    expect(job).toMatchObject({ status: 'succeeded', expires_at });
    await until('the end of all blocks', async () => (await simulator.list(id)).length === 0 || undefined, NEXT_RUN_MS);
    await until(
      'the end of all blocks on the mirror',
      async () => (await blocklist.blocked()).length === 0 || undefined,
    );
    expect(await blocklist.summary()).toMatchObject({ size: 0, expiring: 0 });
  });

  test('keeps a block for a user who did not write, and blocks them the moment they do', async () => {
    const id = phoneNumberId('deferred');
    const blocklist = new Blocklist(id);
    await silence(id, [SILENT, BSUID]);
    const options = { reason: 'threats', terms: { defer: true }, headers: { 'X-On-Behalf-Of': 'ana' } };
    const answer = await blocklist.block([SILENT, FOREVER, BSUID], options);
    expect(answer).toMatchObject({
      status: 200,
      body: {
        block_users: { added_users: [{ wa_id: FOREVER }], deferred_users: [{ input: SILENT }, { input: BSUID }] },
      },
    });
    expect(await blocklist.user(SILENT)).toMatchObject({ blocked: false, state: 'deferred', reason: 'threats' });
    expect(await blocklist.summary()).toMatchObject({ size: 1, deferred: 2 });
    await expectBlocked(id, [FOREVER]);

    await wrote(id, [SILENT]);
    const message = {
      contacts: [{ profile: { name: 'Bo' }, wa_id: SILENT }],
      messages: [textMessage({ from: SILENT })],
    };
    const strangers = phoneNumbers(1_000, 20_000).map((from) => textMessage({ from }));
    const messages = [...strangers, ...message.messages];
    const forwarded = await forward(id, { ...message, messages, onBehalfOf: 'receiver' });
    expect(forwarded).toMatchObject({ status: 200, body: { blocked: 1 } });
    await expectBlocked(id, [FOREVER, SILENT]);
    const [blocked, waited] = await blocklist.history(SILENT);
    expect(blocked).toMatchObject({
      action: 'block',
      outcome: 'succeeded',
      source: 'webhook',
      on_behalf_of: 'receiver',
      reason: 'threats',
    });
    expect(waited).toMatchObject({ action: 'block', outcome: 'deferred', code: 131047, source: 'api' });
    expect(waited).toMatchObject({ on_behalf_of: 'ana' });
    const [operation] = (await blocklist.operationPages().next()).value?.data ?? [];
    expect(operation).toMatchObject({ action: 'block', source: 'webhook', on_behalf_of: 'receiver' });

    // Delivered twice, as Meta may.
    expect(await forward(id, message)).toMatchObject({ status: 200, body: { blocked: 0 } });
    expect(await blocklist.history(SILENT)).toHaveLength(2);

    // Who hides their number is known by their user id alone.
    await wrote(id, [BSUID]);
    const hidden = { contacts: [{ user_id: BSUID }], messages: [textMessage({ from_user_id: BSUID })] };
    expect(await forward(id, hidden)).toMatchObject({ status: 200, body: { blocked: 1 } });
    expect(await blocklist.summary()).toMatchObject({ size: 3, deferred: 0 });
  });

  test('defers in a job as well, and cancels that when the user is unblocked', async () => {
    const id = phoneNumberId('deferred job');
    const blocklist = new Blocklist(id);
    const users = phoneNumbers(1_100, 9_000);
    const silent = users.slice(0, 100);
    await silence(id, silent);
    const job = await endOf(acceptedJob(await blocklist.block(users, { terms: { defer: true } })));
    expect(job).toMatchObject({
      status: 'succeeded',
      users: { succeeded: 1_000, failed: 0, deferred: 100, remaining: 0 },
    });
    const listed = await jobUsers(job, '?outcome=deferred&limit=1000');
    expect(listed.map(({ input }) => input)).toEqual(silent);
    expect(listed[0]).toMatchObject({ outcome: 'deferred', code: 131047 });
    expect((await blocklist.unblock(silent)).status).toBe(200);
    await wrote(id, silent);
    expect(await forward(id, { messages: silent.map((from) => textMessage({ from })) })).toMatchObject({
      body: { blocked: 0 },
    });
    await expectBlocked(id, users.slice(100));
  });

  test('follows a user to another number', async () => {
    const id = phoneNumberId('moved');
    const blocklist = new Blocklist(id);
    const [moved = '', before = ''] = phoneNumbers(2, 15_000);
    expect((await blocklist.block([before], { reason: 'fraud' })).status).toBe(200);
    const system = { type: 'user_changed_number', body: `User Bo changed from ${before} to ${moved}`, wa_id: moved };
    const news = systemMessage({ from: before }, system);
    expect(await forward(id, { messages: [news], appSecret: null })).toMatchObject({ status: 403 });
    await expectBlocked(id, [before]);
    expect(await forward(id, { messages: [news] })).toMatchObject({ status: 200, body: { moved: 1 } });
    expect(await forward(id, { messages: [news] })).toMatchObject({ status: 200, body: { moved: 0 } });
    await expectBlocked(id, [moved]);
    expect(await blocklist.user(moved)).toMatchObject({ blocked: true, wa_id: moved, reason: 'fraud' });
    expect(await blocklist.user(before)).toMatchObject({ blocked: false, state: 'unblocked', changed_to: moved });
    const history = await blocklist.history(moved);
    expect(history[0]).toMatchObject({ action: 'user_changed_number', previous: before, source: 'webhook' });
    expect(history.at(-1)).toMatchObject({ action: 'block', source: 'api', reason: 'fraud' });
  });

  test('makes a block by its schedule that Graph throttled when the user wrote', async () => {
    const id = phoneNumberId('throttled when they write');
    const blocklist = new Blocklist(id);
    await silence(id, [SILENT]);
    expect((await blocklist.block([SILENT], { terms: { defer: true } })).status).toBe(200);
    await wrote(id, [SILENT]);
    const limited = { kind: 'error', code: 130429, regainAccessMinutes: 1 } as const;
    await simulator.addFaults({ phoneNumberId: id, method: 'POST', next: 1, fault: limited });
    expect(await forward(id, { messages: [textMessage({ from: SILENT })] })).toMatchObject({ status: 429 });
    expect(await blocklist.user(SILENT)).toMatchObject({ state: 'deferred' });
    await until(
      'the next run of the schedule',
      async () => ((await simulator.list(id)).length > 0 ? true : undefined),
      NEXT_RUN_MS,
    );
    await until('the mirror', async () => ((await blocklist.blocked()).length > 0 ? true : undefined));
    expect((await blocklist.history(SILENT))[0]).toMatchObject({ outcome: 'succeeded', source: 'deferred' });
  });

  test('accepts only webhooks that the app secret has signed, if there is one', async () => {
    const id = phoneNumberId('signed webhook');
    await putTokens({ [id]: { token: 'EAA-local-simulator-token', appSecret: 'app-secret-1' } });
    const message = { messages: [textMessage({ from: STRANGER })] };
    const refused = { status: 403, body: { error: { message: expect.stringContaining('X-Hub-Signature-256') } } };
    // A secret is in use everywhere within a minute: until then another worker may still have read the one before.
    for (const wrong of [{ ...message, appSecret: null }, message]) {
      const answer = await until(
        'the refusal by every worker',
        async () => {
          const given = await forward(id, wrong);
          return given.status === 403 ? given : undefined;
        },
        90_000,
      );
      expect(answer).toMatchObject(refused);
    }
    expect(await forward(id, { ...message, appSecret: 'app-secret-1' })).toMatchObject({ status: 200 });
  });
});

async function unblocked(blocklist: Blocklist, user: string): Promise<true | undefined> {
  return JSON.stringify(await blocklist.user(user)).includes('"unblocked"') || undefined;
}
