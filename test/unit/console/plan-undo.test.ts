import { expect, test } from 'vitest';
import { planUndo } from '../../../console/page/changes/plan-undo.ts';
import type { LookedUpUser } from '../../../lambdas/openapi/user.ts';

const NOW = Date.parse('2026-11-30T12:00:00.000Z');
const number = '106540352242922';
const [A, B, C, D] = ['16505551231', '16505551232', '16505551233', '16505551234'] as const;

function was(input: string, state: LookedUpUser['state'], more: Partial<LookedUpUser> = {}): LookedUpUser {
  return { input, blocked: state === 'blocked', state, ...more };
}

test('an unblock is undone with the reasons and ends that the users had; who has the same goes in one request', () => {
  const change = { action: 'unblock', number, users: [A, B, C, D], terms: {} } as const;
  const spam = { reason: 'many messages', reason_code: 'spam' };
  const until = { expires_at: '2026-12-24T00:00:00.000Z' };
  const before = [
    was(A, 'blocked', spam),
    was(B, 'blocked', { ...spam, ...until }),
    was(C, 'blocked', spam),
    // It would end at once.
    was(D, 'deferred', { expires_at: '2026-11-30T11:59:59.000Z' }),
  ];
  expect(planUndo({ change, changed: [A, B, C, D], before }, NOW)).toEqual([
    { action: 'block', number, users: [A, C], terms: { ...spam, expires_at: undefined, defer: true } },
    { action: 'block', number, users: [B], terms: { ...spam, ...until, defer: true } },
    { action: 'block', number, users: [D], terms: { defer: true } },
  ]);
});

test('only what the change did is undone: not who failed, and not who was so before', () => {
  const block = { action: 'block', number, users: [A, B, C, D], terms: { reason: 'x' } } as const;
  const before = [was(A, 'unknown'), was(B, 'blocked'), was(C, 'unblocked'), was(D, 'deferred')];
  const undo = planUndo({ change: block, changed: [A, B, D], before }, NOW);
  expect(undo).toEqual([{ action: 'unblock', number, users: [A], terms: { reason: expect.any(String) } }]);
  const unblock = { action: 'unblock', number, users: [A, C], terms: {} } as const;
  expect(planUndo({ change: unblock, changed: [A, C], before }, NOW)).toEqual([]);
  expect(planUndo({ change: block, changed: [], before: [] }, NOW)).toEqual([]);
});
