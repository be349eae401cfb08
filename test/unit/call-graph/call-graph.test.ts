import { describe, expect, test } from 'vitest';
import { type CallPolicy, callGraph } from '../../../lambdas/core/call-graph.ts';
import { GraphError, type GraphErrorFields } from '../../../lambdas/core/errors.ts';
import type { Credentials, GraphCall, TokenCall } from '../../../lambdas/core/ports/services.ts';

const OLD: Credentials = { token: 'old', provider: 'meta', batchLimit: 1_000 };
const NEW: Credentials = { ...OLD, token: 'new' };
const POLICY: CallPolicy = { timeoutMs: 8_000, budgetMs: 24_000, attempts: 3 };

const refusal = (kind: GraphErrorFields['kind'], fields: Partial<GraphErrorFields> = {}) =>
  new GraphError({ kind, code: 2, message: kind, ...fields });

/** One answer of Graph: how long it takes, and what it is. */
interface Answer {
  readonly ms?: number;
  readonly error?: unknown;
  readonly needs?: string;
}

/** Calls a Graph that gives `answers` in turn, the last one again and again, with a clock that moves only if the test moves it. */
async function run(
  answers: readonly Answer[],
  options: {
    policy?: Partial<CallPolicy>;
    renewed?: Credentials | Error | undefined;
    random?: number;
    target?: Omit<TokenCall, 'timeoutMs'>;
  } = {},
) {
  let now = 1_000_000;
  const calls: (TokenCall | GraphCall)[] = [];
  const pauses: number[] = [];
  const renewals: [string | undefined, Credentials][] = [];
  const deps = {
    clock: {
      now: () => now,
      random: () => options.random ?? 0.5,
      sleep: async (ms: number) => {
        pauses.push(ms);
        now += ms;
      },
    },
    tokens: {
      renewed: async (phoneNumberId: string | undefined, refused: Credentials) => {
        renewals.push([phoneNumberId, refused]);
        if (options.renewed instanceof Error) throw options.renewed;
        return options.renewed;
      },
    },
  };
  const target = options.target ?? { phoneNumberId: '106540352242922', version: 'v23.0', credentials: OLD };
  const result = await callGraph({ ...deps, policy: { ...POLICY, ...options.policy } }, target, async (call) => {
    const answer = answers[Math.min(calls.length, answers.length - 1)] ?? {};
    calls.push(call);
    now += answer.ms ?? 100;
    if (answer.error) throw answer.error;
    return 'answered';
  }).then(
    (answered) => ({ answered, error: undefined }),
    (error: unknown) => ({ answered: undefined, error }),
  );
  return { ...result, calls, pauses, renewals, tookMs: now - 1_000_000 };
}

test('a call that succeeds is made once, for the number and version of the request', async () => {
  const { answered, calls, pauses } = await run([{}]);
  expect(answered).toBe('answered');
  expect(calls).toEqual([{ phoneNumberId: '106540352242922', version: 'v23.0', credentials: OLD, timeoutMs: 8_000 }]);
  expect(pauses).toEqual([]);
});

describe('a call is repeated', () => {
  test.each([
    ['a transient refusal', refusal('transient')],
    ['throttling without a time', refusal('rate_limited')],
  ])('after %s', async (_, error) => {
    const { answered, calls } = await run([{ error }, { error }, {}]);
    expect(answered).toBe('answered');
    expect(calls).toHaveLength(3);
  });

  test('after pauses that double, with jitter', async () => {
    const error = refusal('transient');
    expect((await run([{ error }])).pauses).toEqual([250, 500]);
    expect((await run([{ error }], { random: 0 })).pauses).toEqual([125, 250]);
    expect((await run([{ error }], { random: 1 })).pauses).toEqual([375, 750]);
  });

  test('after the time that Graph names for a temporary failure, if the budget allows it', async () => {
    const error = refusal('transient', { retryAfterSeconds: 20 });
    const { answered, pauses } = await run([{ error }, {}]);
    expect(answered).toBe('answered');
    expect(pauses).toEqual([20_000]);
    expect((await run([{ error: refusal('transient', { retryAfterSeconds: 30 }) }, {}])).calls).toHaveLength(1);
  });

  test('as often as the policy says, and then throws the last refusal', async () => {
    const last = refusal('transient', { message: 'the last' });
    const { error, calls } = await run([
      { error: refusal('transient') },
      { error: refusal('transient') },
      { error: last },
    ]);
    expect(error).toBe(last);
    expect(calls).toHaveLength(3);
    expect((await run([{ error: last }], { policy: { attempts: 1 } })).calls).toHaveLength(1);
  });

  test('only while a second of the budget is left', async () => {
    const error = refusal('transient');
    const policy = { budgetMs: 10_000 };
    expect((await run([{ ms: 8_750, error }, {}], { policy })).answered).toBe('answered');
    expect((await run([{ ms: 8_751, error }, {}], { policy })).error).toBe(error);
  });

  test('with no more time than is left', async () => {
    const { calls, tookMs } = await run([{ ms: 5_000, error: refusal('transient') }, { ms: 4_750 }], {
      policy: { budgetMs: 10_000 },
    });
    expect(calls.map(({ timeoutMs }) => timeoutMs)).toEqual([8_000, 4_750]);
    expect(tookMs).toBe(10_000);
  });
});

describe('if no caller waits, a call is repeated', () => {
  const policy = { patient: true };

  test('even after a late answer', async () => {
    const error = refusal('timeout', { maybeApplied: true });
    const { answered, calls, pauses } = await run([{ ms: 8_000, error }, {}], { policy });
    expect(answered).toBe('answered');
    expect(calls).toHaveLength(2);
    expect(pauses).toEqual([1_000]);
  });

  test('after pauses that begin with a second', async () => {
    expect((await run([{ error: refusal('transient') }], { policy })).pauses).toEqual([1_000, 2_000]);
  });

  test('after the time that Graph names, if the budget allows it', async () => {
    const error = refusal('rate_limited', { retryAfterSeconds: 20 });
    const { answered, pauses } = await run([{ error }, {}], { policy });
    expect(answered).toBe('answered');
    expect(pauses).toEqual([20_000]);
    expect((await run([{ error }, {}], { policy: { ...policy, budgetMs: 20_000 } })).error).toBe(error);
  });

  test.each(['permission', 'permanent', 'list_full', 'list_changed', 'token'] as const)(
    'not after: %s',
    async (kind) => {
      const error = refusal(kind);
      const { error: thrown, calls } = await run([{ error }, {}], { policy });
      expect(thrown).toBe(error);
      expect(calls).toHaveLength(1);
    },
  );
});

test('a token that numbers share is called for and renewed without a number', async () => {
  const { answered, calls, renewals } = await run([{ error: refusal('token', { code: 190 }) }, {}], {
    target: { credentials: OLD },
    renewed: NEW,
  });
  expect(answered).toBe('answered');
  expect(calls).toEqual([
    { credentials: OLD, timeoutMs: 8_000 },
    { credentials: NEW, timeoutMs: 8_000 },
  ]);
  expect(renewals).toEqual([[undefined, OLD]]);
});

describe('a call is not repeated', () => {
  test.each([
    ['a late answer', refusal('timeout', { maybeApplied: true })],
    ['throttling that names its time', refusal('rate_limited', { retryAfterSeconds: 1 })],
    ['a permission', refusal('permission', { code: 10 })],
    ['a full list', refusal('list_full', { code: 139101 })],
    ['a list that changed', refusal('list_changed', { code: 139102 })],
    ['a permanent refusal', refusal('permanent', { code: 100 })],
    ['a fault of ours', new TypeError('boom')],
  ])('after %s', async (_, error) => {
    const { error: thrown, calls, pauses, renewals } = await run([{ error }, {}]);
    expect(thrown).toBe(error);
    expect(calls).toHaveLength(1);
    expect(pauses).toEqual([]);
    expect(renewals).toEqual([]);
  });
});

describe('a refused token', () => {
  const error = refusal('token', { code: 190 });

  test('is replaced by the one that is in the secret now, at once', async () => {
    const { answered, calls, pauses, renewals } = await run([{ error }, {}], { renewed: NEW });
    expect(answered).toBe('answered');
    expect(calls.map(({ credentials }) => credentials)).toEqual([OLD, NEW]);
    expect(pauses).toEqual([]);
    expect(renewals).toEqual([['106540352242922', OLD]]);
  });

  test('is thrown if the secret has no other token', async () => {
    const { error: thrown, calls } = await run([{ error }, {}]);
    expect(thrown).toBe(error);
    expect(calls).toHaveLength(1);
  });

  test('is replaced once only', async () => {
    const { error: thrown, calls, renewals } = await run([{ error }], { renewed: NEW });
    expect(thrown).toBe(error);
    expect(calls).toHaveLength(2);
    expect(renewals).toHaveLength(1);
  });

  test('is replaced even if only one attempt is allowed, as in a job', async () => {
    const { answered } = await run([{ error }, {}], { renewed: NEW, policy: { attempts: 1 } });
    expect(answered).toBe('answered');
  });

  test('does not count as an attempt', async () => {
    const transient = { error: refusal('transient') };
    const { answered, calls } = await run([transient, { error }, transient, {}], { renewed: NEW });
    expect(answered).toBe('answered');
    expect(calls.map(({ credentials }) => credentials.token)).toEqual(['old', 'old', 'new', 'new']);
  });

  test('is not tried again with less than a second left', async () => {
    const { error: thrown, calls } = await run([{ ms: 23_001, error }, {}], { renewed: NEW });
    expect(thrown).toBe(error);
    expect(calls).toHaveLength(1);
  });

  test('keeps its own error if the secret cannot be read', async () => {
    const unreadable = new Error('AccessDenied');
    expect((await run([{ error }], { renewed: unreadable })).error).toBe(unreadable);
  });
});
