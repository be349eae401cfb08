/** WhatsApp SDKs, unchanged but for their base URL and their token: with a good key, a wrong one, and one that is revoked. */
import { WhatsAppClient } from '@kapso/whatsapp-cloud-api';
import { describe, expect, test } from 'vitest';
import { WhatsAppAPI } from 'whatsapp-api-js';
import { z } from 'zod';
import { keySecretsOf } from '../../lambdas/runtime/key-secrets.ts';
import { until } from '../../local/until.ts';
import { makeKey, revokeKey } from './support/keys.ts';
import { businessScopedIds, phoneNumberId, phoneNumbers } from './support/numbers.ts';
import { place } from './support/place.ts';
import { runPywa } from './support/pywa.ts';
import { Blocklist } from './support/service.ts';
import { calmAfterEach } from './support/simulator.ts';

calmAfterEach();

const VERSION = 'v25.0';
const [BSUID = ''] = businessScopedIds(1);
const NOBODY = 'nobody';

/** A key of another maker: of the right form, and of nobody. */
function strangersKey(): string {
  const { write, newId, newSecret } = keySecretsOf('local');
  return write({ id: newId(), secret: newSecret() });
}

describe('whatsapp-api-js', () => {
  const number = phoneNumberId('through whatsapp-api-js');
  const [first = '', second = ''] = phoneNumbers(2, 720);

  function client(token: string): WhatsAppAPI {
    // Its host is fixed; `ponyfill.fetch` is the documented way to put another in its place.
    const toService: typeof fetch = (input, init) => {
      const { pathname, search } = new URL(input instanceof Request ? input.url : input);
      return fetch(`${place.stack.keyApiUrl}${pathname}${search}`, init);
    };
    return new WhatsAppAPI({ token, secure: false, v: VERSION, ponyfill: { fetch: toService } });
  }

  test('blocks, tells a partial failure, and unblocks, also by BSUID', async () => {
    const { key } = await makeKey({ name: 'whatsapp-api-js', scopes: ['write'] });
    const api = client(key);
    expect(await api.blockUser(number, first, second)).toMatchObject({
      block_users: {
        added_users: [
          { input: first, wa_id: first },
          { input: second, wa_id: second },
        ],
      },
    });
    expect(await api.blockUser(number, first, NOBODY)).toMatchObject({
      block_users: { added_users: [{ wa_id: first }], failed_users: [{ input: NOBODY, errors: [{ code: 100 }] }] },
      error: { code: 139100 },
    });
    expect(await api.blockUser(number, { bsuid: BSUID })).toMatchObject({
      block_users: { added_users: [{ input: BSUID, user_id: BSUID }] },
    });
    expect(await api.unblockUser(number, second)).toMatchObject({
      block_users: { removed_users: [{ input: second }] },
    });
    expect(await api.unblockUser(number, { bsuid: BSUID })).toMatchObject({
      block_users: { removed_users: [{ input: BSUID }] },
    });
    expect(await new Blocklist(number).blocked()).toEqual([first]);
  });

  test('takes the refusal of a wrong key, and of a revoked one, as Graph’s of a bad token', async () => {
    const made = await makeKey({ name: 'whatsapp-api-js-revoked', scopes: ['write'] });
    await revokeKey(made);
    for (const token of [strangersKey(), made.key]) {
      await until('the refusal', async () => {
        const answer = await client(token).blockUser(number, first);
        return 'error' in answer && answer.error.code === 190 ? true : undefined;
      });
    }
  });
});

describe('@kapso/whatsapp-cloud-api', () => {
  const number = phoneNumberId('through SDKs');
  const users = phoneNumbers(3, 730);
  const client = (accessToken: string) =>
    new WhatsAppClient({ accessToken, baseUrl: place.stack.keyApiUrl, graphVersion: VERSION });
  const page = z.object({
    data: z.array(z.object({ waId: z.string() })),
    paging: z.object({ cursors: z.object({ after: z.string() }), next: z.string().optional() }),
  });

  /** It has no method of its own for `block_users`: the calls are made with the `request` that its methods are built on. */
  function change(api: WhatsAppClient, method: 'POST' | 'DELETE', blockUsers: readonly object[]) {
    const body = { messagingProduct: 'whatsapp', blockUsers };
    return api.request(method, `${number}/block_users`, { body, responseType: 'json' });
  }
  const named = (ids: readonly string[]) => ids.map((user) => ({ user }));

  test('blocks, tells a partial failure, pages the list, and unblocks, also by BSUID', async () => {
    const { key } = await makeKey({ name: 'kapso', scopes: ['write'] });
    const api = client(key);
    expect(await change(api, 'POST', named(users))).toMatchObject({
      blockUsers: { addedUsers: users.map((waId) => ({ waId })) },
    });
    const [first = ''] = users;
    await expect(change(api, 'POST', named([first, NOBODY]))).rejects.toMatchObject({ code: 139100 });
    expect(await change(api, 'POST', [{ userId: BSUID }])).toMatchObject({
      blockUsers: { addedUsers: [{ userId: BSUID }] },
    });
    expect(await change(api, 'DELETE', [{ userId: BSUID }])).toMatchObject({
      blockUsers: { removedUsers: [{ userId: BSUID }] },
    });
    const listed: string[][] = [];
    for (let after: string | undefined; ; ) {
      const query = { limit: 2, ...(after !== undefined && { after }) };
      const one = page.parse(await api.request('GET', `${number}/block_users`, { query, responseType: 'json' }));
      listed.push(one.data.map(({ waId }) => waId));
      if (one.paging.next === undefined) break;
      after = one.paging.cursors.after;
    }
    expect(listed.map((some) => some.length)).toEqual([2, 1]);
    expect(listed.flat().sort()).toEqual([...users].sort());
    await change(api, 'DELETE', named(users));
    expect(await new Blocklist(number).blocked()).toEqual([]);
  });

  test('takes the refusal of a wrong key, and of a revoked one, as Graph’s of a bad token', async () => {
    const made = await makeKey({ name: 'kapso-revoked', scopes: ['write'] });
    await revokeKey(made);
    for (const token of [strangersKey(), made.key]) {
      await until('the refusal', async () => {
        const refused = await change(client(token), 'POST', named(users)).then(
          () => undefined,
          (error: unknown) => error,
        );
        return refused instanceof Error && Reflect.get(refused, 'code') === 190 ? true : undefined;
      });
    }
  });
});

describe('pywa', () => {
  const number = phoneNumberId('through pywa');
  const users = phoneNumbers(3, 740);
  const [first = ''] = users;
  const run = (token: string, steps: Parameters<typeof runPywa>[0]['steps']) =>
    runPywa({ baseUrl: place.stack.keyApiUrl, token, number, steps });

  test('blocks, tells a partial failure, pages the list, and unblocks, also by BSUID', async () => {
    const { key } = await makeKey({ name: 'pywa', scopes: ['write'] });
    const pairs = users.map((user) => [user, user]);
    const [blocked, partly, bsuid, unblockedBsuid, list, ownList, unblocked] = await run(key, [
      ['block', users],
      ['block', [first, '1234']],
      ['block', [BSUID]],
      ['unblock', [BSUID]],
      ['list', 2],
      ['own list', null],
      ['unblock', users],
    ]);
    expect(blocked).toEqual({ added: pairs, failed: [] });
    expect(partly).toMatchObject({ error: 139100 });
    expect(bsuid).toEqual({ added: [[BSUID, null]], failed: [] });
    expect(unblockedBsuid).toEqual({ removed: [[BSUID, null]] });
    expect(
      z
        .array(z.array(z.string()))
        .parse(list)
        .map((some) => some.length),
    ).toEqual([2, 1]);
    // Its own list wants an `input`, which Meta's items do not have, and so neither do ours (`docs/callers.md`).
    expect(ownList).toEqual({ missing: 'input' });
    expect(unblocked).toEqual({ removed: pairs });
    expect(await new Blocklist(number).blocked()).toEqual([]);
  });

  test('takes the refusal of a wrong key, and of a revoked one, as Graph’s of a bad token', async () => {
    const made = await makeKey({ name: 'pywa-revoked', scopes: ['write'] });
    await revokeKey(made);
    for (const token of [strangersKey(), made.key]) {
      await until('the refusal', async () => {
        const [refused] = await run(token, [['block', users]]);
        return z.object({ error: z.literal(190) }).safeParse(refused).success || undefined;
      });
    }
  });
});
