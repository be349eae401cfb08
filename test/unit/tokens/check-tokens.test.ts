import { ulid } from 'ulid';
import { describe, expect, test } from 'vitest';
import { GraphError, type GraphErrorFields, TokenMissingError } from '../../../lambdas/core/errors.ts';
import type { ServiceEvent } from '../../../lambdas/core/events/event.ts';
import type { Credentials, HeldToken, TokenInfo } from '../../../lambdas/core/ports/services.ts';
import { checkTokens } from '../../../lambdas/core/scheduled/check-tokens.ts';
import { TokenProblemError } from '../../../lambdas/core/scheduled/token-findings.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const ONE = '106540352242921';
const TWO = '106540352242922';
const THREE = '106540352242923';
const DAY = 24 * 60 * 60 * 1000;
const NOW = new FakeClock().ms;
const inDays = (days: number) => new Date(NOW + days * DAY).toISOString();

const meta = (token: string): Credentials => ({ token, provider: 'meta', batchLimit: 1_000 });
const splashify = (token: string): Credentials => ({ token, provider: 'splashify', batchLimit: 500 });
const theDefault = (credentials: Credentials): HeldToken => ({ credentials, phoneNumberIds: [], isDefault: true });
const named = (credentials: Credentials | undefined, ...phoneNumberIds: string[]): HeldToken => ({
  credentials,
  phoneNumberIds,
  isDefault: false,
});

const refusal = (kind: GraphErrorFields['kind'], fields: Partial<GraphErrorFields> = {}) =>
  new GraphError({ kind, code: 2, message: `Graph says ${kind}`, ...fields });
const NO_SUCH_CALL = refusal('permanent', { code: 100, message: '(#100) You may not ask' });
const ENDED = refusal('token', { code: 190, subcode: 463, message: 'The session has expired' });

type Answer<T> = T | Error;

interface World {
  held: HeldToken[] | Error;
  /** By token: what Graph answers in turn, the last answer again and again; the default: works forever. */
  info?: Record<string, Answer<TokenInfo>[]>;
  /** By token: what Graph answers to who reads a list with it. */
  lists?: Record<string, Error[]>;
  /** What is in the secret when it is read again. */
  renewed?: Credentials;
  registered?: string[];
  warningDays?: number;
  budgetMs?: number;
  attempts?: number;
}

/** Checks the tokens of a world. Gives the calls that were made, and the result. */
async function check(world: World) {
  const clock = new FakeClock();
  const asked: string[] = [];
  const told: ServiceEvent[] = [];
  const renewals: (string | undefined)[] = [];
  const daysLeft: number[] = [];
  const next = <T>(answers: Answer<T>[] | undefined, otherwise: T): T => {
    const answer = answers && answers.length > 1 ? answers.shift() : answers?.[0];
    if (answer instanceof Error) throw answer;
    return answer ?? otherwise;
  };
  const deps = {
    clock,
    metrics: { put: (_: string, days: number) => void daysLeft.push(days) },
    policy: { timeoutMs: 8_000, budgetMs: world.budgetMs ?? 240_000, attempts: world.attempts ?? 5, patient: true },
    warningDays: world.warningDays ?? 14,
    tokens: {
      all: async () => {
        if (world.held instanceof Error) throw world.held;
        return world.held;
      },
      renewed: async (phoneNumberId: string | undefined, refused: Credentials) => {
        renewals.push(phoneNumberId);
        return world.renewed && world.renewed.token !== refused.token ? world.renewed : undefined;
      },
    },
    graph: {
      inspectToken: async ({ credentials: { token, provider } }: { credentials: Credentials }) => {
        asked.push(`about ${token}`);
        if (provider === 'splashify') throw NO_SUCH_CALL;
        return next(world.info?.[token], { valid: true });
      },
      listUsers: async (call: { phoneNumberId: string; credentials: Credentials }, page: { limit: number }) => {
        asked.push(`${page.limit} of ${call.phoneNumberId} with ${call.credentials.token}`);
        return next(world.lists?.[call.credentials.token], { users: [] });
      },
    },
    newId: ulid,
    store: {
      addEvents: async (events: readonly ServiceEvent[]) => void told.push(...events),
      // Two to a page, so that there are pages.
      listNumbers: async ({ after }: { limit: number; after?: string | undefined }) => {
        const numbers = world.registered ?? [];
        const from = after === undefined ? 0 : numbers.indexOf(after) + 1;
        return numbers.slice(from, from + 2);
      },
    },
  };
  const result = await checkTokens(deps).then(
    (report) => ({ report, problem: undefined, error: undefined }),
    (error: unknown) => ({
      report: undefined,
      problem: error instanceof TokenProblemError ? error.message : undefined,
      error,
    }),
  );
  return { ...result, asked, renewals, told, daysLeft, sleeps: clock.sleeps };
}

describe('tokens that work', () => {
  test('are reported with their expiries, and the earliest of these', async () => {
    const { report, asked } = await check({
      held: [theDefault(meta('a')), named(meta('b'), ONE, TWO), named(meta('c'), THREE)],
      info: {
        b: [{ valid: true, expiresAt: inDays(60), dataAccessExpiresAt: inDays(90) }],
        c: [{ valid: true, expiresAt: inDays(30) }],
      },
    });
    expect(report).toEqual({
      tokens: [
        { token: 'The default token', state: 'works' },
        {
          token: `The token of phone number id ${ONE}, phone number id ${TWO}`,
          state: 'works',
          endsAt: inDays(60),
        },
        { token: `The token of phone number id ${THREE}`, state: 'works', endsAt: inDays(30) },
      ],
      soonestEnd: inDays(30),
    });
    expect(asked).toEqual(['about a', 'about b', 'about c']);
  });

  test('have no earliest expiry if none of them expires', async () => {
    const { report } = await check({ held: [theDefault(meta('a'))] });
    expect(report?.soonestEnd).toBeUndefined();
  });
});

describe('a token that ends', () => {
  const ending = (info: TokenInfo, warningDays = 14) =>
    check({ held: [theDefault(meta('a'))], info: { a: [info] }, warningDays });

  test.for<[string, number, number, boolean]>([
    ['right after the warning days', 14 + 1 / DAY, 14, false],
    ['with the warning days', 14, 14, true],
    ['tomorrow', 1, 14, true],
    ['tomorrow, with another warning', 1, 1, true],
    ['the day after, with another warning', 2, 1, false],
    ['a moment ago', -1 / DAY, 14, true],
  ])('%s', async ([_, days, warningDays, isProblem]) => {
    const { problem } = await ending({ valid: true, expiresAt: inDays(days) }, warningDays);
    const message = `Access tokens that need attention: 1 of 1. The default token ends at ${inDays(days)}.`;
    expect(problem).toBe(isProblem ? message : undefined);
  });

  test('ends for us with its access to data', async () => {
    const { problem } = await ending({ valid: true, expiresAt: inDays(60), dataAccessExpiresAt: inDays(3) });
    expect(problem).toContain(`The default token ends at ${inDays(3)}, with its access to data.`);
    const never = await ending({ valid: true, dataAccessExpiresAt: inDays(3) });
    expect(never.problem).toBe(problem);
  });
});

describe('a token that does not work', () => {
  const MESSAGE =
    'Access tokens that need attention: 1 of 1. The default token does not work: Graph refuses the token (code 190, subcode 463).';

  test('is one that Graph refuses', async () => {
    const { problem, asked, renewals } = await check({ held: [theDefault(meta('a'))], info: { a: [ENDED] } });
    expect(problem).toBe(MESSAGE);
    expect(asked).toEqual(['about a']);
    expect(renewals).toEqual([undefined]);
  });

  test('is one that Graph calls invalid', async () => {
    const recorded = { valid: false, refusal: { message: 'The session has expired', code: 190, subcode: 463 } };
    expect((await check({ held: [theDefault(meta('a'))], info: { a: [recorded] } })).problem).toBe(MESSAGE);
    const unexplained = await check({ held: [theDefault(meta('a'))], info: { a: [{ valid: false }] } });
    expect(unexplained.problem).toContain('The default token does not work: Graph refuses the token (code 190).');
  });

  test.each([
    ['refused', ENDED],
    ['called invalid', { valid: false }],
  ])('is no error if it was replaced a moment ago: %s', async (_, answer) => {
    const { report, asked, renewals } = await check({
      held: [named(meta('old'), ONE, TWO)],
      info: { old: [answer], new: [{ valid: true, expiresAt: inDays(60) }] },
      renewed: meta('new'),
    });
    expect(report?.tokens).toMatchObject([{ state: 'works', endsAt: inDays(60) }]);
    expect(asked).toEqual(['about old', 'about new']);
    expect(renewals).toEqual([ONE]);
  });

  test('is reported if its replacement does not work either, which is tried once', async () => {
    const { problem, asked } = await check({
      held: [theDefault(meta('old'))],
      info: { old: [ENDED], new: [ENDED] },
      renewed: meta('new'),
    });
    expect(problem).toBe(MESSAGE);
    expect(asked).toEqual(['about old', 'about new']);
  });

  test('is reported if a number has an empty one', async () => {
    const { problem } = await check({ held: [named(meta('a'), ONE), named(undefined, TWO, THREE)] });
    expect(problem).toBe(
      `Access tokens that need attention: 1 of 2. The token of phone number id ${TWO}, phone number id ${THREE} does not work: its entry in the secret is empty.`,
    );
  });

  test('is no error before the first token is put in, and Graph is not called', async () => {
    const { report, error, asked } = await check({ held: [] });
    expect(error).toBeUndefined();
    expect(report).toEqual({ tokens: [], awaitsToken: true });
    expect(asked).toEqual([]);
  });

  test('is reported for numbers in use if the secret is as the first deploy left it', async () => {
    const { problem } = await check({ held: [], registered: [ONE] });
    expect(problem).toBe('Numbers are in use, but the token secret is as the first deploy left it: it has no token.');
  });

  test('is reported for every number if the secret was emptied, with the command to set one', async () => {
    const missing = new TokenMissingError('No access token yet. Put it into the secret with: aws …');
    const { error, asked } = await check({ held: missing });
    expect(error).toEqual(new TokenProblemError('No access token yet. Put it into the secret with: aws …'));
    expect(error).toMatchObject({ name: 'TokenProblemError' });
    expect(asked).toEqual([]);
  });
});

describe('a token that could not be checked', () => {
  test.each<[string, GraphError, string]>([
    ['no answer', refusal('transient'), 'Graph failed temporarily (code 2)'],
    ['late answers', refusal('timeout'), 'Graph did not answer in time (code 2)'],
    ['throttling', refusal('rate_limited', { code: 4 }), 'Graph accepts no more requests for now (code 4)'],
  ])('is checked again and again: %s', async (_, answer, reason) => {
    const { problem, asked, sleeps } = await check({ held: [theDefault(meta('a'))], info: { a: [answer] } });
    expect(problem).toBe(
      `Access tokens that need attention: 1 of 1. The default token could not be checked: ${reason}.`,
    );
    expect(asked).toHaveLength(5);
    expect(sleeps).toEqual([1_000, 2_000, 4_000, 8_000]);
    const corrected = await check({ held: [theDefault(meta('a'))], info: { a: [answer, answer, { valid: true }] } });
    expect(corrected.report?.tokens).toMatchObject([{ state: 'works' }]);
  });

  test('is given up when the time of the whole check is over', async () => {
    const info = { a: [refusal('rate_limited', { retryAfterSeconds: 60 })], b: [refusal('transient')] };
    const held = [theDefault(meta('a')), named(meta('b'), ONE)];
    expect((await check({ held, info, budgetMs: 60_000 })).problem).toContain('2 of 2');
    // What is asked after that is asked within what is left: the pauses of the first call count.
    const { sleeps } = await check({
      held: [theDefault(meta('c'))],
      info: { c: [refusal('transient'), NO_SUCH_CALL] },
      lists: { c: [refusal('transient')] },
      registered: [ONE],
      budgetMs: 4_500,
    });
    expect(sleeps).toEqual([1_000, 1_000]);
  });
});

describe('a token that the provider does not describe', () => {
  test('is tried on the list of a number that the secret names with it', async () => {
    const { report, asked } = await check({ held: [named(splashify('s'), TWO, THREE)], registered: [ONE] });
    expect(report?.tokens).toMatchObject([{ state: 'works' }]);
    expect(asked.slice(1)).toEqual([`1 of ${TWO} with s`]);
  });

  test('is tried on a known number that the secret does not name, if it is the default', async () => {
    const more = ['106540352242924', '106540352242925'];
    const held = [theDefault(splashify('s')), named(meta('a'), ONE, TWO), named(meta('b'), ...more)];
    const { report, asked } = await check({ held, registered: [ONE, ...more, TWO, THREE] });
    expect(report?.tokens).toMatchObject([{ state: 'works' }, { state: 'works' }, { state: 'works' }]);
    expect(asked).toContain(`1 of ${THREE} with s`);
  });

  test('is no error if no number uses it', async () => {
    const held = [theDefault(splashify('s')), named(meta('a'), ONE, TWO)];
    const { report, asked } = await check({ held, registered: [ONE, TWO] });
    expect(report?.tokens).toMatchObject([{ token: 'The default token', state: 'unused' }, { state: 'works' }]);
    expect(asked).toEqual(['about s', 'about a']);
  });

  test.each(['permanent', 'permission'] as const)('can be one of Meta, if it may not ask: %s', async (kind) => {
    const world = { held: [named(meta('a'), ONE)], info: { a: [refusal(kind)] } };
    const { report, asked, sleeps } = await check(world);
    expect(report?.tokens).toEqual([{ token: `The token of phone number id ${ONE}`, state: 'works' }]);
    expect(asked).toEqual(['about a', `1 of ${ONE} with a`]);
    expect(sleeps).toEqual([]);
  });

  test.each<[GraphErrorFields['kind'], string, string]>([
    ['token', 'does not work', 'Graph refuses the token'],
    ['permission', 'does not work', 'The token has no permission for this number'],
    ['permanent', 'does not work', 'Graph refuses the request'],
    ['transient', 'could not be checked', 'Graph failed temporarily'],
    ['timeout', 'could not be checked', 'Graph did not answer in time'],
    ['rate_limited', 'could not be checked', 'Graph accepts no more requests for now'],
  ])('and whose list is refused as %s: %s', async (kind, verdict, reason) => {
    const { problem } = await check({ held: [named(splashify('s'), ONE)], lists: { s: [refusal(kind)] } });
    expect(problem).toContain(`The token of phone number id ${ONE} ${verdict}: ${reason} (code 2).`);
  });

  test('and whose list cannot be read, works', async () => {
    const { report } = await check({ held: [named(splashify('s'), ONE)], lists: { s: [refusal('unreadable')] } });
    expect(report?.tokens).toMatchObject([{ state: 'works' }]);
  });

  test('is read again from the secret if it was refused', async () => {
    const { report, renewals } = await check({
      held: [theDefault(splashify('old'))],
      lists: { old: [ENDED] },
      renewed: splashify('new'),
      registered: [THREE],
    });
    expect(report?.tokens).toMatchObject([{ state: 'works' }]);
    expect(renewals).toEqual([THREE]);
  });
});

test('every token that needs attention is in one error, and no token is in it', async () => {
  const { problem, error } = await check({
    held: [
      { ...theDefault(meta('EAAone')), phoneNumberIds: [THREE] },
      named(splashify('pk_live_two'), ONE),
      named(meta('EAAthree'), TWO),
      named(meta('EAAfour'), '106540352242924'),
    ],
    info: { EAAone: [{ valid: true, expiresAt: inDays(2) }], EAAthree: [refusal('transient')] },
    lists: { pk_live_two: [ENDED] },
  });
  expect(problem).toBe(
    [
      'Access tokens that need attention: 3 of 4.',
      `The default token, which is also set for phone number id ${THREE}, ends at ${inDays(2)}.`,
      `The token of phone number id ${ONE} does not work: Graph refuses the token (code 190, subcode 463).`,
      `The token of phone number id ${TWO} could not be checked: Graph failed temporarily (code 2).`,
    ].join(' '),
  );
  expect(error).toMatchObject({ name: 'TokenProblemError' });
  expect(error).not.toHaveProperty('cause');
});

test('an error that is not from Graph is thrown unchanged', async () => {
  const fault = new TypeError('boom');
  expect((await check({ held: [theDefault(meta('a'))], info: { a: [fault] } })).error).toBe(fault);
  expect((await check({ held: fault })).error).toBe(fault);
  expect((await check({ held: [named(splashify('s'), ONE)], lists: { s: [fault] } })).error).toBe(fault);
});

describe('others are told', () => {
  const day = new Date(NOW).toISOString().slice(0, 10);

  test('of a token that Graph refuses, and of one that ends soon, before the check fails', async () => {
    const { told, problem } = await check({
      held: [theDefault(meta('a')), named(meta('b'), ONE, TWO), named(undefined, THREE)],
      info: { a: [{ valid: true, expiresAt: inDays(3) }], b: [ENDED] },
    });
    expect(problem).toContain('3 of 3');
    expect(told).toMatchObject([
      {
        type: 'Token Expiring',
        detail: { id: `token-expiring/default/${day}`, is_default: true, expires_at: inDays(3), ends: 'token' },
      },
      {
        type: 'Token Refused',
        detail: {
          id: `token-refused/${ONE}/${day}`,
          is_default: false,
          number_count: 2,
          phone_number_ids: [ONE, TWO],
        },
      },
      { type: 'Token Refused', detail: { id: `token-refused/${THREE}/${day}`, phone_number_ids: [THREE] } },
    ]);
    expect(JSON.stringify(told)).not.toContain('"b"');
  });

  test('of a hundred numbers at most, and how many there are', async () => {
    const many = Array.from({ length: 150 }, (_, index) => String(106_540_352_000_000 + index));
    const { told } = await check({ held: [named(meta('b'), ...many)], info: { b: [ENDED] } });
    expect(told).toMatchObject([{ detail: { number_count: 150, phone_number_ids: many.slice(0, 100) } }]);
  });

  test('of nothing if a token works, or could not be checked', async () => {
    const { told } = await check({
      held: [theDefault(meta('a')), named(meta('b'), ONE)],
      info: { b: [refusal('transient')] },
    });
    expect(told).toEqual([]);
  });
});

describe('the days that are left', () => {
  test.each<[string, World, number[]]>([
    [
      'of a token that ends in a year',
      { held: [theDefault(meta('a'))], info: { a: [{ valid: true, expiresAt: inDays(365) }] } },
      [365],
    ],
    [
      'of one whose data access ends first',
      {
        held: [theDefault(meta('a'))],
        info: { a: [{ valid: true, expiresAt: inDays(60), dataAccessExpiresAt: inDays(3) }] },
      },
      [3],
    ],
    [
      'of each that ends',
      {
        held: [theDefault(meta('a')), named(meta('b'), ONE)],
        info: { a: [{ valid: true, expiresAt: inDays(9) }], b: [{ valid: true, expiresAt: inDays(40) }] },
      },
      [9, 40],
    ],
    [
      'are none if it has ended',
      { held: [theDefault(meta('a'))], info: { a: [{ valid: true, expiresAt: inDays(-1) }] } },
      [0],
    ],
    ['are none if Graph refuses it', { held: [theDefault(meta('a'))], info: { a: [ENDED] } }, [0]],
    ['are not known of one that does not end', { held: [theDefault(meta('a'))] }, []],
    [
      'are not known if Graph does not answer',
      { held: [theDefault(meta('a'))], info: { a: [refusal('timeout')] } },
      [],
    ],
    ['are not known before the first token is there', { held: [] }, []],
  ])('%s', async (_, world, expected) => {
    expect((await check(world)).daysLeft).toEqual(expected);
  });
});
