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

test('an unblock is undone with the codes, notes and ends that the users had; who has the same goes in one request', () => {
  const change = { action: 'unblock', number, users: [A, B, C, D], terms: {} } as const;
  const spam = { reason: 'many messages', reason_code: 'spam' };
  const again = { reason: 'Undo of an unblock. Before: many messages', reason_code: 'spam' };
  const until = { expires_at: '2026-12-24T00:00:00.000Z' };
  const before = [
    was(A, 'blocked', spam),
    was(B, 'blocked', { ...spam, ...until }),
    was(C, 'blocked', spam),
    // It would end at once.
    was(D, 'deferred', { expires_at: '2026-11-30T11:59:59.000Z' }),
  ];
  expect(planUndo({ change, changed: [A, B, C, D], before }, RULES, NOW)).toEqual([
    { action: 'block', number, users: [A, C], terms: { ...again, expires_at: undefined, defer: true } },
    { action: 'block', number, users: [B], terms: { ...again, ...until, defer: true } },
    { action: 'block', number, users: [D], terms: { reason: 'Undo of an unblock', defer: true } },
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

const IS = 'Undo of an unblock';
test.each([
  [
    'the note from before, as that, and its code',
    'none',
    { reason: 'many messages', reason_code: 'spam' },
    { reason: `${IS}. Before: many messages`, reason_code: 'spam' },
  ],
  ['the undoing alone, if there was nothing', 'none', {}, { reason: IS }],
  [
    'the code of what is undone, if one is required',
    'code',
    { reason: 'many messages' },
    { reason: `${IS}. Before: many messages`, reason_code: 'other' },
  ],
  ['a note, also if one is required', 'text', { reason_code: 'spam' }, { reason: IS, reason_code: 'spam' }],
  ['no code that the deployment no longer takes', 'none', { reason_code: 'old' }, { reason: IS }],
  [
    'another in place of that, if one is required',
    'code',
    { reason_code: 'old' },
    { reason: IS, reason_code: 'other' },
  ],
  [
    'the first note of all, if an undoing is undone',
    'none',
    { reason: `${IS}. Before: many messages` },
    { reason: `${IS}. Before: many messages` },
  ],
  ['no note of an undoing that had none', 'none', { reason: 'Undo of a block' }, { reason: IS }],
] as const)('the reason of an undoing is %s', (...[, required, before, expected]) => {
  const undone = { reason: 'mistake', reason_code: 'other' };
  const rules = { codes: RULES.codes, required };
  expect(reasonsOfUndo({ before, undone, name: 'an unblock' }, rules)).toEqual(expected);
});

test('the note of an undoing is cut to what the service takes, and not within a character', () => {
  const note = (reason: string) => reasonsOfUndo({ before: { reason }, undone: {}, name: 'an unblock' }, RULES).reason;
  const room = 256 - `${IS}. Before: `.length;
  expect(note('x'.repeat(room))).toBe(`${IS}. Before: ${'x'.repeat(room)}`);
  expect(note('x'.repeat(room + 1))).toBe(`${IS}. Before: ${'x'.repeat(room - 1)}…`);
  expect(note(`${'x'.repeat(room - 2)}😀😀`)).toBe(`${IS}. Before: ${'x'.repeat(room - 2)}…`);
});

test('as long as the codes are not known, the one from before is sent', () => {
  const undoing = { before: { reason_code: 'old' }, undone: {}, name: 'a protection' } as const;
  expect(reasonsOfUndo(undoing, { codes: undefined, required: 'none' })).toMatchObject({ reason_code: 'old' });
});

test('where a code is required, an undone block has the code of the block', () => {
  const change = { action: 'block', number, users: [A], terms: { reason_code: 'spam' } } as const;
  expect(
    planUndo({ change, changed: [A], before: [was(A, 'unknown')] }, { ...RULES, required: 'code' }, NOW),
  ).toMatchObject([{ action: 'unblock', terms: { reason: 'Undo of a block', reason_code: 'spam' } }]);
});
