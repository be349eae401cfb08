import { describe, expect, it } from 'vitest';
import type { AttemptContext } from '../../../lambdas/core/changes/attempt-context.ts';
import type { Action, UserOutcome } from '../../../lambdas/core/changes/outcome.ts';
import { transition } from '../../../lambdas/core/changes/transition.ts';
import type { MirrorUser } from '../../../lambdas/core/users/mirror.ts';
import { phone } from '../../support/fake-graph.ts';

const USER = '16505550001';
const OK: UserOutcome = { identity: phone(USER), waId: USER };
const SECONDS = 5;
const ACTIONS = ['block', 'unblock'] as const;

/** A call to Graph, from one second to another. */
interface Call {
  readonly action: Action;
  readonly from: number;
  readonly to: number;
}

const at = (second: number) => new Date(Date.parse('2026-11-01T12:00:00.000Z') + second * 1_000).toISOString();

const CALLS: readonly Call[] = Array.from({ length: SECONDS }, (_, from) =>
  Array.from({ length: SECONDS - from }, (_, length) =>
    ACTIONS.map((action) => ({ action, from, to: from + length + 1 })),
  ),
).flat(2);

/** Three calls, in the order in which their answers are recorded, which may be any. */
function* threeCalls(): Generator<readonly [Call, Call, Call]> {
  for (const one of CALLS) for (const two of CALLS) for (const three of CALLS) yield [one, two, three];
}

function contextOf({ action, from, to }: Call, change: Partial<AttemptContext>): AttemptContext {
  const times = { startedAt: at(from), observedAt: at(from), answeredAt: at(to) };
  return { action, operationId: `${action}-${from}-${to}`, source: 'api', actor: 'arn:one', ...times, ...change };
}

/** What is recorded of the calls: the state of the mirror, and whether one of them found that it overlapped. */
function record(
  calls: readonly Call[],
  changeOf: (call: Call, index: number) => Partial<AttemptContext>,
  first?: MirrorUser,
) {
  let item = first;
  let isFound = false;
  for (const [index, call] of calls.entries()) {
    const change = transition({ user: USER, prior: item, outcome: OK }, contextOf(call, changeOf(call, index)));
    item = change.next ?? item;
    isFound ||= change.conflict === true;
  }
  return { action: item?.state === 'blocked' ? 'block' : 'unblock', isFound };
}

/** The calls of which Graph may have carried out each last. */
function possiblyLast(calls: readonly Call[]): readonly Call[] {
  return calls.filter(({ to }) => !calls.some(({ from }) => from >= to));
}

/** Three calls of which Graph may have carried out one last that the mirror does not show, and nobody knows. */
function unnoticed(changeOf: Parameters<typeof record>[1], first?: MirrorUser): readonly Call[] | undefined {
  for (const calls of threeCalls()) {
    const recorded = record(calls, changeOf, first);
    if (!recorded.isFound && possiblyLast(calls).some(({ action }) => action !== recorded.action)) return calls;
  }
  return undefined;
}

/** Who is blocked before any of the calls. */
const { next: BLOCKED } = transition(
  { user: USER, prior: undefined, outcome: OK },
  contextOf({ action: 'block', from: -2, to: -1 }, { expiresAt: at(0) }),
);

describe('of three calls whose answers are recorded in any order, no overlap goes unnoticed', () => {
  it('if all have the same caller and reason', () => {
    expect(unnoticed(() => ({}))).toBeUndefined();
  });

  it('if all have other callers', () => {
    expect(unnoticed((_, index) => ({ actor: `arn:${index}` }))).toBeUndefined();
  });

  it.each([0, 1, 2])('if number %i repeats the operation of the first after a crash', (repeat) => {
    const operationOf = (call: Call, index: number) =>
      index === repeat || index === 0 ? { operationId: `${call.action}-of-both` } : {};
    expect(unnoticed(operationOf)).toBeUndefined();
  });

  it.each([0, 1, 2])('if number %i is the end of a block, which others may have ended or made anew', (end) => {
    const expiry = (call: Call, index: number): Partial<AttemptContext> =>
      index === end && call.action === 'unblock'
        ? { source: 'expiry', actor: 'blocklist', scheduledAction: 'expiry' }
        : {};
    expect(unnoticed(expiry, BLOCKED)).toBeUndefined();
  });

  it.each([0, 1, 2])('if number %i reverts a job, and leaves the user alone since somebody changed them', (revert) => {
    const job = { createdAt: at(-1), reverts: 'the job' };
    const reverting = (_: Call, index: number): Partial<AttemptContext> =>
      index === revert ? { source: 'job', jobId: 'the revert', job } : {};
    expect(unnoticed(reverting, BLOCKED)).toBeUndefined();
  });
});
