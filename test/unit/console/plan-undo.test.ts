import { expect, test } from 'vitest';
import { planUndo, reasonsOfUndo } from '../../../console/page/changes/plan-undo.ts';
import type { LookedUpUser } from '../../../lambdas/openapi/user.ts';

const NOW = Date.parse('2026-11-30T12:00:00.000Z');
const number = '106540352242922';
const RULES = { codes: ['spam', 'other'], required: 'none' } as const;
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
  expect(planUndo({ change, changed: [A, B, C, D], before }, RULES, NOW)).toEqual([
    { action: 'block', number, users: [A, C], terms: { ...spam, expires_at: undefined, defer: true } },
    { action: 'block', number, users: [B], terms: { ...spam, ...until, defer: true } },
    { action: 'block', number, users: [D], terms: { defer: true } },
  ]);
});

test('only what the change did is undone: not who failed, and not who was so before', () => {
  const block = { action: 'block', number, users: [A, B, C, D], terms: { reason: 'x' } } as const;
  const before = [was(A, 'unknown'), was(B, 'blocked'), was(C, 'unblocked'), was(D, 'deferred')];
  const undo = planUndo({ change: block, changed: [A, B, D], before }, RULES, NOW);
  expect(undo).toEqual([{ action: 'unblock', number, users: [A], terms: { reason: expect.any(String) } }]);
  const unblock = { action: 'unblock', number, users: [A, C], terms: {} } as const;
  expect(planUndo({ change: unblock, changed: [A, C], before }, RULES, NOW)).toEqual([]);
  expect(planUndo({ change: block, changed: [], before: [] }, RULES, NOW)).toEqual([]);
});

test.each([
  [
    'what was before',
    'none',
    { reason: 'many messages', reason_code: 'spam' },
    { reason: 'many messages', reason_code: 'spam' },
  ],
  ['nothing, if there was nothing', 'none', {}, {}],
  [
    'the code of what is undone, if one is required',
    'code',
    { reason: 'many messages' },
    { reason: 'many messages', reason_code: 'other' },
  ],
  [
    'the text of what is undone, if one is required',
    'text',
    { reason_code: 'spam' },
    { reason: 'mistake', reason_code: 'spam' },
  ],
  ['no code that the deployment no longer takes', 'none', { reason_code: 'old' }, {}],
  ['another in place of that, if one is required', 'code', { reason_code: 'old' }, { reason_code: 'other' }],
] as const)('the reason of an undoing is %s', (...[, required, before, expected]) => {
  const undone = { reason: 'mistake', reason_code: 'other' };
  expect(reasonsOfUndo(before, undone, { codes: RULES.codes, required })).toEqual(expected);
});

test('as long as the codes are not known, the one from before is sent', () => {
  expect(reasonsOfUndo({ reason_code: 'old' }, {}, { codes: undefined, required: 'none' })).toEqual({
    reason_code: 'old',
  });
});

test('where a code is required, an undone block has the code of the block', () => {
  const change = { action: 'block', number, users: [A], terms: { reason_code: 'spam' } } as const;
  expect(
    planUndo({ change, changed: [A], before: [was(A, 'unknown')] }, { ...RULES, required: 'code' }, NOW),
  ).toMatchObject([{ action: 'unblock', terms: { reason: 'Undoes a block by mistake', reason_code: 'spam' } }]);
});
