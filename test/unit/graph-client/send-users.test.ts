import { describe, expect, onTestFinished, test } from 'vitest';
import { sendUsers } from '../../../lambdas/adapters/graph/send-users.ts';
import type { ProviderName } from '../../../lambdas/contract/providers.ts';
import type { Action, UserOutcome } from '../../../lambdas/core/changes/outcome.ts';
import { GraphError, type GraphErrorFields } from '../../../lambdas/core/errors.ts';
import type { Credentials } from '../../../lambdas/core/ports/services.ts';
import { type Identity, parseIdentity } from '../../../lambdas/core/users/identity.ts';
import { codePlace } from '../../../local/graph-simulator/error-spelling.ts';
import type { StartOptionsInput } from '../../../local/graph-simulator/options.ts';
import { startGraphSimulator } from '../../../local/graph-simulator/server.ts';
import { aCall, clientOf, graphError, NUMBER } from './canned-graph.ts';

const BSUID = 'US.13491208655302741918';
const INVALID = { kind: 'permanent', code: 100, message: '(#100) Invalid phone number' } as const;

/** The digits of users, from 16500000000 + `first` on. */
function digits(count: number, first = 0): string[] {
  return Array.from({ length: count }, (_, index) => String(16_500_000_000 + first + index));
}

function identities(ids: readonly string[]): Identity[] {
  return ids.flatMap((id) => parseIdentity(id) ?? []);
}

/** The outcome of each user: `ok`, or the code of the failure, with `?` if Graph may have changed the user. */
function recorded(outcomes: readonly UserOutcome[]): string[] {
  return outcomes.map(({ failure }) => {
    if (!failure) return 'ok';
    return `${failure.code}${'maybeApplied' in failure ? '?' : ''}`;
  });
}

function count(outcomes: readonly UserOutcome[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const one of recorded(outcomes)) counts[one] = (counts[one] ?? 0) + 1;
  return counts;
}

interface Script {
  readonly users: readonly string[];
  readonly bad?: readonly string[];
  readonly provider?: ProviderName;
  readonly timeoutMs?: number;
  /** Milliseconds that a call takes. */
  readonly callDurationMs?: number;
  /** The nth call, from 1, meets this error. */
  readonly errors?: Readonly<Record<number, GraphErrorFields>>;
}

/** Sends to a provider made up by the script, at a clock of its own. */
function run({
  users,
  bad = [],
  provider = 'splashify',
  timeoutMs = 20_000,
  callDurationMs = 100,
  errors = {},
}: Script) {
  const isBad = new Set(bad);
  const calls: { users: number; leftMs: number }[] = [];
  let now = 1_000;
  const outcomes = sendUsers(provider, {
    identities: identities(users),
    timeoutMs,
    now: () => now,
    async send(sent, leftMs) {
      calls.push({ users: sent.length, leftMs });
      now += callDurationMs;
      const error = errors[calls.length];
      if (error) throw new GraphError(error);
      if (sent.some(({ id }) => isBad.has(id))) throw new GraphError(INVALID);
      return sent.map((identity) => ({ identity, waId: identity.id }));
    },
  });
  return { outcomes, calls, sizes: () => calls.map((call) => call.users) };
}

/** Retries the users with 139103 until none has it. Gives the last outcome of each user, and the result of each try. */
async function runAgain({ users, bad }: Required<Pick<Script, 'users' | 'bad'>>) {
  const last = new Map<string, UserOutcome>();
  const rounds: { calls: number; left: number }[] = [];
  for (let left = users; left.length > 0 && rounds.length < 10; ) {
    const { outcomes, calls } = run({ users: left, bad });
    const results = await outcomes;
    for (const outcome of results) last.set(outcome.identity.id, outcome);
    left = results.filter(({ failure }) => failure?.code === 139103).map(({ identity }) => identity.id);
    rounds.push({ calls: calls.length, left: left.length });
  }
  return { results: users.flatMap((id) => last.get(id) ?? []), rounds };
}

describe('one bad number', () => {
  test.each([
    [0, [8, 4, 4, 2, 2, 1, 1]],
    [3, [8, 4, 4, 2, 1, 1]],
    [4, [8, 4, 2, 2, 1, 1]],
    [7, [8, 4, 2, 1, 1]],
  ])('among eight, at place %d, fails alone, after calls of %j users', async (place, sizes) => {
    const users = digits(8);
    const { outcomes, sizes: sent } = run({ users, bad: users.slice(place, place + 1) });
    const results = await outcomes;
    expect(results.map(({ identity }) => identity.id)).toEqual(users);
    expect(recorded(results)).toEqual(users.map((_, index) => (index === place ? '100' : 'ok')));
    expect(results[place]?.failure).toMatchObject({ code: 100, message: '(#100) Invalid phone number' });
    expect(sent()).toEqual(sizes);
  });

  test('among 500 takes 19 calls at most', async () => {
    const users = digits(500);
    for (const place of [0, 1, 137, 249, 250, 498, 499]) {
      const { outcomes, calls } = run({ users, bad: users.slice(place, place + 1) });
      expect(count(await outcomes)).toEqual({ ok: 499, 100: 1 });
      expect(calls.length).toBeLessThanOrEqual(19);
    }
  });

  test('by itself is a failure of the user, not of the request', async () => {
    const users = digits(1);
    const { outcomes, sizes } = run({ users, bad: users });
    expect(recorded(await outcomes)).toEqual(['100']);
    expect(sizes()).toEqual([1]);
  });
});

describe('several bad numbers', () => {
  test.each([
    ['side by side', [0, 1, 2, 3, 4], 1],
    ['each the first of a hundred', [0, 100, 200, 300, 400], 2],
    ['each the last of a hundred', [99, 199, 299, 399, 499], 2],
    ['seven in the first fifth', [10, 25, 40, 55, 70, 85, 100], 2],
    ['seven side by side', [0, 1, 2, 3, 4, 5, 6], 1],
  ])('among 500 only a few fail; users that remain after 56 calls are sent again: %s', async (_, places, times) => {
    const users = digits(500);
    const { results, rounds } = await runAgain({ users, bad: places.flatMap((place) => users[place] ?? []) });
    expect(recorded(results)).toEqual(users.map((_user, index) => (places.includes(index) ? '100' : 'ok')));
    expect(rounds).toHaveLength(times);
    // The users that remain were not sent for lack of calls.
    expect(rounds.slice(0, -1).map(({ calls }) => calls)).toEqual(Array(times - 1).fill(56));
    expect(rounds.at(-1)?.calls).toBeLessThanOrEqual(56);
  });

  test('fail each with its own error if all entries are bad', async () => {
    const users = digits(4);
    const { outcomes, sizes } = run({ users, bad: users });
    expect(recorded(await outcomes)).toEqual(['100', '100', '100', '100']);
    expect(sizes()).toEqual([4, 2, 2, 1, 1, 1, 1]);
  });

  test('are not sent one by one if all 500 are bad: the rest fails after 56 calls', async () => {
    const users = digits(500);
    const { outcomes, calls } = run({ users, bad: users });
    const results = await outcomes;
    expect(count(results)).toEqual({ 100: 500 });
    expect(calls).toHaveLength(56);
    expect(results.at(-1)?.failure).toMatchObject({
      message: '(#100) Invalid phone number',
      details: expect.stringContaining('not tried alone'),
    });
  });

  test('one in fifty: users that remain after 56 calls may be sent again if a quarter is done', async () => {
    const users = digits(500);
    const bad = users.filter((_, index) => index % 50 === 49);
    const { results, rounds } = await runAgain({ users, bad });
    expect(rounds[0]).toMatchObject({ calls: 56 });
    expect(rounds[0]?.left).toBeGreaterThan(0);
    expect(rounds.at(-1)).toMatchObject({ left: 0 });
    expect(rounds.length).toBeLessThanOrEqual(4);
    expect(count(results)).toEqual({ ok: 490, 100: 10 });
  });
});

describe('a request without bad numbers', () => {
  test.each<ProviderName>(['meta', 'splashify'])('is one call, with all its time: %s', async (provider) => {
    const { outcomes, calls } = run({ users: digits(500), provider, timeoutMs: 7_000 });
    expect(count(await outcomes)).toEqual({ ok: 500 });
    expect(calls).toEqual([{ users: 500, leftMs: 7_000 }]);
  });

  test('that Meta refuses as a whole is not divided', async () => {
    const users = digits(8);
    const { outcomes, calls } = run({ users, bad: users.slice(0, 1), provider: 'meta' });
    expect(await graphError(outcomes)).toMatchObject({ code: 100 });
    expect(calls).toHaveLength(1);
  });

  test.each<[string, GraphErrorFields]>([
    ['no such phone number id', { kind: 'permanent', code: 100, subcode: 33, message: 'No such object' }],
    ['throttled', { kind: 'rate_limited', code: 130429, message: 'Slow down', retryAfterSeconds: 60 }],
    ['100 that passes', { kind: 'transient', code: 100, message: 'Again' }],
    ['a wrong token', { kind: 'token', code: 190, message: 'No' }],
    ['a broken server', { kind: 'transient', code: 2, message: 'Oops', maybeApplied: true }],
  ])('and is refused for another reason fails as a whole: %s', async (_, error) => {
    const { outcomes, calls } = run({ users: digits(8), errors: { 1: error } });
    expect(await graphError(outcomes)).toMatchObject(error);
    expect(calls).toHaveLength(1);
  });
});

describe('a BSUID', () => {
  test('is not sent to a provider without BSUIDs, and fails with a reason', async () => {
    const [one = '', two = ''] = digits(2);
    for (const action of [BSUID, 'US.ENT.118']) {
      const { outcomes, sizes } = run({ users: [one, action, two] });
      const results = await outcomes;
      expect(recorded(results)).toEqual(['ok', '100', 'ok']);
      expect(results[1]).toEqual({
        identity: { kind: 'bsuid', id: action },
        failure: {
          code: 100,
          message: '(#100) splashify accepts phone numbers only',
          details: expect.stringContaining('phone number'),
        },
      });
      expect(sizes()).toEqual([2]);
    }
  });

  test('alone causes no call', async () => {
    const { outcomes, calls } = run({ users: [BSUID] });
    expect(recorded(await outcomes)).toEqual(['100']);
    expect(calls).toEqual([]);
  });

  test('is sent to Meta', async () => {
    const { outcomes, sizes } = run({ users: [BSUID, ...digits(1)], provider: 'meta' });
    expect(recorded(await outcomes)).toEqual(['ok', 'ok']);
    expect(sizes()).toEqual([2]);
  });

  test('fails with a request that is refused as a whole', async () => {
    const error: GraphErrorFields = { kind: 'rate_limited', code: 130429, message: 'Slow down' };
    const { outcomes } = run({ users: [BSUID, ...digits(3)], errors: { 1: error } });
    expect(await graphError(outcomes)).toMatchObject({ code: 130429 });
  });
});

describe('an error after some calls', () => {
  const users = digits(8);
  const [bad = ''] = users.slice(5);
  /** Calls of 8, 4 (done), 2, … users: the third one is the first after which others have their outcomes. */
  const fails = (error: GraphErrorFields, call = 3) => run({ users, bad: [bad], errors: { [call]: error } });

  test.each<[string, GraphErrorFields, string]>([
    ['throttled', { kind: 'rate_limited', code: 130429, message: 'Slow down' }, '130429'],
    ['throttled in words of its own', { kind: 'rate_limited', code: 4711, message: 'Slow down' }, '139103'],
    ['passing', { kind: 'transient', code: 99, message: 'Again' }, '139103'],
    ['a token that may have been replaced', { kind: 'token', code: 190, message: 'No' }, '139103'],
    ['a full list', { kind: 'list_full', code: 139101, message: 'Full' }, '139101'],
    ['no permission', { kind: 'permission', code: 10, message: 'No' }, '10'],
  ])('fails the remaining users: %s', async (_, error, code) => {
    const { outcomes, sizes } = fails(error);
    const results = await outcomes;
    expect(recorded(results)).toEqual(['ok', 'ok', 'ok', 'ok', code, code, code, code]);
    expect(results[7]?.failure).toMatchObject({ message: error.message });
    expect(sizes()).toEqual([8, 4, 2]);
  });

  test('that may have been carried out makes only the users of that call uncertain', async () => {
    const { outcomes } = fails({ kind: 'timeout', code: 2, message: 'Late', maybeApplied: true });
    expect(recorded(await outcomes)).toEqual(['ok', 'ok', 'ok', 'ok', '2?', '2?', '2', '2']);
  });

  test('keeps the outcome of a bad number that was found before', async () => {
    // Calls of 8, 4, 4 (done), 2, 2 (done), 1 (bad), 1 users.
    const errors = { 7: { kind: 'rate_limited', code: 130429, message: 'Slow down' } } as const;
    const { outcomes, sizes } = run({ users, bad: users.slice(0, 1), errors });
    expect(count(await outcomes)).toEqual({ 100: 1, ok: 6, 130429: 1 });
    expect(sizes()).toEqual([8, 4, 4, 2, 2, 1, 1]);
  });

  test('refuses the whole request if no user has an outcome yet', async () => {
    const { outcomes, sizes } = fails({ kind: 'timeout', code: 2, message: 'Late', maybeApplied: true }, 2);
    expect(await graphError(outcomes)).toMatchObject({ kind: 'timeout', message: 'Late', maybeApplied: true });
    expect(sizes()).toEqual([8, 4]);
  });

  test('that is not from Graph is thrown', async () => {
    const outcomes = sendUsers('splashify', {
      identities: identities(users),
      timeoutMs: 1_000,
      send: () => Promise.reject(new TypeError('A fault of ours')),
    });
    await expect(outcomes).rejects.toThrow(TypeError);
  });
});

describe('the time', () => {
  const users = digits(8);

  test('is shared by all calls', async () => {
    const { outcomes, calls } = run({ users, bad: users.slice(7), timeoutMs: 5_000, callDurationMs: 700 });
    await outcomes;
    expect(calls.map(({ leftMs }) => leftMs)).toEqual([5_000, 4_300, 3_600, 2_900, 2_200]);
  });

  test('that runs out keeps the outcomes so far; the others may be sent again, and no user is uncertain', async () => {
    const { outcomes, calls } = run({ users, bad: users.slice(7), timeoutMs: 1_800, callDurationMs: 700 });
    const results = await outcomes;
    expect(recorded(results)).toEqual(['ok', 'ok', 'ok', 'ok', '2', '2', '2', '2']);
    expect(results[7]?.failure?.message).toContain('Time ran out');
    expect(calls).toHaveLength(2);
  });

  test('that runs out before any outcome is a timeout of the request, and nothing was changed', async () => {
    const { outcomes, calls } = run({ users, bad: users.slice(0, 1), timeoutMs: 1_000, callDurationMs: 700 });
    expect(await graphError(outcomes)).toMatchObject({ kind: 'timeout', code: 2, maybeApplied: false });
    expect(calls).toHaveLength(1);
  });

  test('of the first call is the time that the caller set', async () => {
    const { outcomes, calls } = run({ users, timeoutMs: 60 });
    expect(count(await outcomes)).toEqual({ ok: 8 });
    expect(calls).toEqual([{ users: 8, leftMs: 60 }]);
  });
});

describe("Splashify's dialect of the simulator", () => {
  const SPLASHIFY: Credentials = { token: 'pk_live_local-simulator-token', provider: 'splashify', batchLimit: 500 };

  async function at(options: StartOptionsInput) {
    const simulator = await startGraphSimulator({ dialect: 'splashify', ...options });
    onTestFinished(() => simulator.stop());
    const graph = clientOf(simulator.url);
    const change = (action: Action, users: readonly string[], timeoutMs = 5_000) =>
      graph.changeUsers(aCall({ credentials: SPLASHIFY, timeoutMs }), action, identities(users));
    return { control: simulator.control, change };
  }

  const calls = (simulator: Awaited<ReturnType<typeof at>>) =>
    simulator.control.calls().map(({ status, users }) => `${status} ${users}`);

  test('a bad number, a BSUID, an already blocked user and one who has not written, among 500, each get their own outcome', async () => {
    const phones = digits(496);
    const [bad = '', already = '', silent = '', landline = ''] = digits(4, 1_000);
    const users = [...phones.slice(0, 200), bad, BSUID, already, silent, landline, ...phones.slice(200)];
    const simulator = await at({
      malformedNumbers: [bad],
      invalidNumbers: [landline],
      blocked: { [NUMBER]: [already] },
      lastInboundAt: { [silent]: null },
    });
    const results = await simulator.change('block', users);
    expect(results.map(({ identity }) => identity.id)).toEqual(users);
    expect(recorded(results.slice(200, 205))).toEqual(['100', '100', 'ok', '131047', '131047']);
    expect(count(results)).toEqual({ ok: 497, 100: 2, 131047: 2 });
    expect(new Set(simulator.control.number(NUMBER).users)).toEqual(new Set([...phones, already]));
    expect(calls(simulator)).toHaveLength(15);

    expect(count(await simulator.change('unblock', users))).toEqual({ ok: 498, 100: 2, 131047: 1 });
    expect(simulator.control.number(NUMBER).users).toEqual([]);
  });

  test.each(codePlace.options)('a bad number fails alone if the code is in: %s', async (codeStandsIn) => {
    const users = digits(8);
    const simulator = await at({ malformedNumbers: users.slice(3, 4), codeStandsIn, messagesQuoteUsers: true });
    const results = await simulator.change('block', users);
    expect(recorded(results)).toEqual(['ok', 'ok', 'ok', '100', 'ok', 'ok', 'ok', 'ok']);
    expect(results[3]?.failure?.message).toMatch(/^\(#100\) Invalid phone number/);
    expect(calls(simulator)).toHaveLength(6);
  });

  test.each(codePlace.options)('each failed user has their own code if it is in: %s', async (codeStandsIn) => {
    const users = digits(3);
    const simulator = await at({ lastInboundAt: { [users[1] ?? '']: null }, codeStandsIn });
    expect(recorded(await simulator.change('block', users))).toEqual(['ok', '131047', 'ok']);
    expect(calls(simulator)).toEqual(['200 3']);
  });

  test('500 good numbers are one call', async () => {
    const simulator = await at({});
    expect(count(await simulator.change('block', digits(500)))).toEqual({ ok: 500 });
    expect(calls(simulator)).toEqual(['200 500']);
  });

  test('501 users are too many, and are sent in two halves', async () => {
    const simulator = await at({});
    expect(count(await simulator.change('block', digits(501)))).toEqual({ ok: 501 });
    expect(calls(simulator).slice(0, 2)).toEqual(['400 501', '200 251']);
    expect(simulator.control.number(NUMBER).size).toBe(501);
  });

  test('throttling after some calls keeps the outcomes of blocked users', async () => {
    const users = digits(8);
    const simulator = await at({
      malformedNumbers: users.slice(5, 6),
      rateLimit: { requests: 3, windowMs: 60_000 },
    });
    const results = await simulator.change('block', users);
    expect(recorded(results)).toEqual(['ok', 'ok', 'ok', 'ok', '130429', '130429', '130429', '130429']);
    expect(simulator.control.number(NUMBER).users).toEqual(users.slice(0, 4));
  });

  test('a call that hangs gets the time that remains, and no more', async () => {
    const users = digits(8);
    const simulator = await at({
      malformedNumbers: users.slice(0, 1),
      latency: { fixedMs: 500 },
      faults: [{ nth: 2, fault: { kind: 'hang' } }],
    });
    const started = performance.now();
    const error = await graphError(simulator.change('block', users, 1_200));
    expect(error).toMatchObject({ kind: 'timeout', maybeApplied: true });
    expect(performance.now() - started).toBeLessThan(1_600);
  });

  test('a connection that breaks after a change makes only the users of that call uncertain', async () => {
    const users = digits(8);
    const simulator = await at({
      malformedNumbers: users.slice(6, 7),
      faults: [{ nth: 3, fault: { kind: 'reset', applied: true } }],
    });
    const results = await simulator.change('block', users);
    expect(recorded(results)).toEqual(['ok', 'ok', 'ok', 'ok', '2?', '2?', '2', '2']);
    expect(simulator.control.number(NUMBER).users).toEqual(users.slice(0, 6));
  });
});
