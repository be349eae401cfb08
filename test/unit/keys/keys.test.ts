/** Keys from their making to their end, as core has them. */
import { describe, expect, test, vi } from 'vitest';
import { authorizationPattern } from '../../../lambdas/contract/api-keys.ts';
import { DAY_MS, HOUR_MS } from '../../../lambdas/core/durations.ts';
import { type KeyRequester, statusOf } from '../../../lambdas/core/keys/api-key.ts';
import { authorizeKey } from '../../../lambdas/core/keys/authorize-key.ts';
import { createKey } from '../../../lambdas/core/keys/create-key.ts';
import { revokeKey } from '../../../lambdas/core/keys/revoke-key.ts';
import { rotateKey } from '../../../lambdas/core/keys/rotate-key.ts';
import { keySecretsOf } from '../../../lambdas/runtime/key-secrets.ts';
import { InMemoryKeyStore } from '../../support/in-memory-key-store.ts';

const DAY_SECONDS = DAY_MS / 1000;
const ANA = { actor: 'arn:aws:sts::111122223333:assumed-role/platform/ana', onBehalfOf: 'ana@example.com' };
const BEN: KeyRequester = { actor: 'arn:aws:sts::111122223333:assumed-role/platform/ben', onBehalfOf: undefined };

function world() {
  let nowMs = Date.parse('2027-01-31T10:00:00.000Z');
  const fault = vi.fn();
  const deps = {
    keys: new InMemoryKeyStore(),
    secrets: keySecretsOf('prod'),
    clock: { now: () => nowMs },
    log: { fault },
  };
  const make = (more: { name?: string; lifeSeconds?: number } = {}) =>
    createKey(deps, {
      name: 'support',
      scopes: ['write'],
      lifeSeconds: 30 * DAY_SECONDS,
      phoneNumberIds: undefined,
      ...ANA,
      ...more,
    });
  return {
    deps,
    fault,
    make,
    pass: (ms: number) => {
      nowMs += ms;
    },
    now: () => nowMs,
    rotate: (id: string, overlapSeconds = 7 * DAY_SECONDS) => rotateKey(deps, { id, overlapSeconds, ...BEN }),
    revoke: (id: string, who = BEN) => revokeKey(deps, { id, ...who }),
    async verdict(token: string) {
      const found = await authorizeKey(deps, token);
      return found.refused ?? found.key.name;
    },
  };
}

test('a key that was made lets its caller in, says who made it, and its secret is stored nowhere', async () => {
  const { make, verdict, deps, now } = world();
  const { key, token } = await make();
  expect(await verdict(token)).toBe('support');
  expect(token).toMatch(/^wabl_prod_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}$/);
  const stored = await deps.keys.getKey(key.id);
  expect(stored?.activity).toEqual([{ at: '2027-01-31T10:00:00.000Z', verb: 'created', ...ANA }]);
  expect(statusOf(key, now())).toBe('active');
  const { secret } = deps.secrets.read(token) ?? { secret: '' };
  expect(secret).toHaveLength(43);
  expect(JSON.stringify(stored)).not.toContain(secret);
});

test('a name is one key’s for good, also when that is revoked', async () => {
  const { make, revoke } = world();
  const { key } = await make();
  await expect(make({ name: 'Support' })).rejects.toThrow(/^name: a key has, or had, the name Support/);
  await revoke(key.id);
  await expect(make()).rejects.toMatchObject({ status: 409 });
});

test('a key ends with its life', async () => {
  const { make, verdict, pass, deps, now } = world();
  const { key, token } = await make();
  pass(30 * DAY_MS - 1);
  expect(await verdict(token)).toBe('support');
  pass(1);
  expect(await verdict(token)).toBe('expired');
  const stored = await deps.keys.getKey(key.id);
  expect(stored && statusOf(stored, now())).toBe('expired');
});

describe('a rotation', () => {
  test('gives a new secret with a whole life, and lets both in until the overlap ends', async () => {
    const { make, verdict, rotate, pass, deps } = world();
    const { key, token } = await make();
    pass(20 * DAY_MS);
    const rotated = await rotate(key.id);
    expect([await verdict(token), await verdict(rotated.token)]).toEqual(['support', 'support']);
    pass(7 * DAY_MS);
    expect([await verdict(token), await verdict(rotated.token)]).toEqual(['expired', 'support']);
    pass(23 * DAY_MS - 1);
    expect(await verdict(rotated.token)).toBe('support');
    pass(1);
    expect(await verdict(rotated.token)).toBe('expired');
    expect((await deps.keys.getKey(key.id))?.activity.map(({ verb, actor }) => [verb, actor])).toEqual([
      ['created', ANA.actor],
      ['rotated', BEN.actor],
    ]);
  });

  test('never lets a secret hold longer than its life', async () => {
    const { make, verdict, rotate, pass } = world();
    const { key, token } = await make();
    pass(29 * DAY_MS);
    await rotate(key.id);
    pass(DAY_MS);
    expect(await verdict(token)).toBe('expired');
  });

  test('without overlap ends every other secret at once', async () => {
    const { make, verdict, rotate } = world();
    const { key, token } = await make();
    const second = await rotate(key.id);
    const third = await rotate(key.id, 0);
    expect([await verdict(token), await verdict(second.token), await verdict(third.token)]).toEqual([
      'wrong_secret',
      'wrong_secret',
      'support',
    ]);
  });

  test('that is repeated, since its answer got lost, leaves the secret that is in use as it is', async () => {
    const { make, verdict, rotate } = world();
    const { key, token } = await make();
    await rotate(key.id);
    await rotate(key.id);
    expect(await verdict(token)).toBe('support');
  });

  test('is refused where five secrets hold, unless it ends them', async () => {
    const { make, verdict, rotate } = world();
    const { key, token } = await make();
    for (let held = 1; held < 5; held += 1) await rotate(key.id);
    await expect(rotate(key.id)).rejects.toThrow(/^overlap_seconds: 5 secrets of the key hold/);
    expect(await verdict(token)).toBe('support');
    expect(await verdict((await rotate(key.id, 0)).token)).toBe('support');
  });

  test('of a key that has ended lets its caller in again', async () => {
    const { make, verdict, rotate, pass } = world();
    const { key, token } = await make();
    pass(31 * DAY_MS);
    const rotated = await rotate(key.id);
    expect([await verdict(token), await verdict(rotated.token)]).toEqual(['wrong_secret', 'support']);
  });

  test('is refused after a hundred, and of a key that is revoked or that nobody has', async () => {
    const { make, rotate, revoke } = world();
    const { key } = await make();
    for (let count = 0; count < 100; count += 1) await rotate(key.id, 0);
    await expect(rotate(key.id, 0)).rejects.toThrow(/was rotated 100 times/);
    await revoke(key.id);
    await expect(rotate(key.id, 0)).rejects.toMatchObject({ status: 409, message: expect.stringContaining('revoked') });
    await expect(rotate('Aa0000000009')).rejects.toMatchObject({ status: 404 });
  });

  test('of somebody else at the same moment is not lost', async () => {
    const { make, verdict, rotate } = world();
    const { key, token } = await make();
    const both = await Promise.all([rotate(key.id), rotate(key.id)]);
    for (const one of [token, ...both.map((shown) => shown.token)]) expect(await verdict(one)).toBe('support');
  });
});

test('a revocation ends every secret at once and for good; a second one changes nothing, and says who was first', async () => {
  const { make, verdict, rotate, revoke, deps, pass } = world();
  const { key, token } = await make();
  const rotated = await rotate(key.id);
  const first = await revoke(key.id);
  expect([await verdict(token), await verdict(rotated.token)]).toEqual(['revoked', 'revoked']);
  pass(HOUR_MS);
  expect(await revoke(key.id, ANA)).toEqual(first);
  expect(first.secrets).toEqual([]);
  expect((await deps.keys.getKey(key.id))?.activity.at(-1)).toMatchObject({ verb: 'revoked', actor: BEN.actor });
});

test('that a key was used is noted once in an hour, and never stands in the way of its caller', async () => {
  const { make, verdict, pass, deps, fault } = world();
  const { key, token } = await make();
  const recordUse = vi.spyOn(deps.keys, 'recordUse');
  await verdict(token);
  pass(HOUR_MS - 1);
  await verdict(token);
  expect(recordUse).toHaveBeenCalledTimes(1);
  expect((await deps.keys.getKey(key.id))?.lastUsedAt).toBe('2027-01-31T10:00:00.000Z');
  pass(1);
  recordUse.mockRejectedValueOnce(new Error('throttled'));
  expect(await verdict(token)).toBe('support');
  expect(fault).toHaveBeenCalledWith('use of a key not recorded', expect.any(Error), { key_id: key.id });
  await verdict(token);
  expect((await deps.keys.getKey(key.id))?.lastUsedAt).toBe('2027-01-31T11:00:00.000Z');
});

test('a table that does not answer lets nobody in', async () => {
  const { make, verdict, deps } = world();
  const { token } = await make();
  vi.spyOn(deps.keys, 'getKey').mockRejectedValue(new Error('ECONNREFUSED'));
  await expect(verdict(token)).rejects.toThrow('ECONNREFUSED');
});

describe('10,000 made-up keys', () => {
  const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  /** Another digit in the place of the one at `index`. */
  const slip = (token: string, index: number, by: number) => {
    const digit = DIGITS.charAt((DIGITS.indexOf(token.charAt(index)) + by) % DIGITS.length);
    return token.slice(0, index) + digit + token.slice(index + 1);
  };

  test('none gets in, none costs a look-up before its checksum is right, and the hash is compared whoever asks', async () => {
    const { make, verdict, deps } = world();
    const { key, token } = await make();
    const { secrets } = deps;
    const compared = vi.spyOn(secrets, 'matches');
    const dev = keySecretsOf('dev');
    const count = { malformed: 0, unknown: 0, wrong_secret: 0 };
    deps.keys.reads = 0;
    for (let index = 0; index < 10_000; index += 1) {
      const secret = secrets.newSecret();
      const kinds: readonly [string, keyof typeof count][] = [
        // Longer, shorter, and cut off anywhere.
        [`${token}${'0'.repeat(1 + (index % 40))}`, 'malformed'],
        [token.slice(0, index % token.length), 'malformed'],
        // One digit is wrong: of the id, the secret or the checksum.
        [slip(token, 'wabl_prod_'.length + (index % 12), 1 + (index % 61)), 'malformed'],
        [slip(token, token.length - 1 - (index % 49), 1 + (index % 61)), 'malformed'],
        // As they are written, and of another stage, of nobody, or with a secret that is not theirs.
        [dev.write({ id: key.id, secret: secrets.read(token)?.secret ?? '' }), 'malformed'],
        [secrets.write({ id: secrets.newId(), secret }), 'unknown'],
        [secrets.write({ id: key.id, secret }), 'wrong_secret'],
      ];
      const [made, expected] = kinds[index % kinds.length] ?? ['', 'malformed'];
      const before = { reads: deps.keys.reads, compared: compared.mock.calls.length };
      expect(await verdict(made)).toBe(expected);
      count[expected] += 1;
      // As much is done for who is unknown as for who is known: how long it takes tells nothing.
      const looked = expected === 'malformed' ? 0 : 1;
      expect(deps.keys.reads - before.reads).toBe(looked);
      expect(compared.mock.calls.length - before.compared).toBe(looked);
    }
    expect(count.malformed + count.unknown + count.wrong_secret).toBe(10_000);
    expect(Math.min(...Object.values(count))).toBeGreaterThan(1_000);
    expect(await verdict(token)).toBe('support');
  });

  test('API Gateway itself refuses those that have another length or stage', async () => {
    const { token } = await world().make();
    const pattern = new RegExp(authorizationPattern('prod'));
    expect(pattern.test(`Bearer ${token}`)).toBe(true);
    expect(pattern.test(`bearer ${token}`)).toBe(true);
    const others = [
      token,
      `Basic ${token}`,
      `Bearer ${token}0`,
      `Bearer ${token.slice(1)}`,
      `Bearer  ${token}`,
      `xBearer ${token}`,
    ];
    others.push(
      `Bearer ${token.replace('_prod_', '_dev_')}`,
      `Bearer ${token.replace('wabl', 'EAA')}`,
      `Bearer ${token}\n`,
    );
    for (const other of others) expect(pattern.test(other), other).toBe(false);
  });

  test('a secret has its own hash, and no other', () => {
    const { secrets } = world().deps;
    const hash = secrets.hash('right');
    expect([secrets.matches('right', hash), secrets.matches('wrong', hash), secrets.matches('right', '')]).toEqual([
      true,
      false,
      false,
    ]);
  });
});
