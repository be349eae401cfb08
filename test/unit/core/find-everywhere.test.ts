import { beforeEach, expect, it, vi } from 'vitest';
import { findEverywhere, findOnNumbers } from '../../../lambdas/core/users/find-everywhere.ts';
import type { MirrorItem } from '../../../lambdas/core/users/mirror.ts';
import { mirrorUser } from '../../support/contract-fixtures.ts';
import { InMemoryBlocklistStore } from '../../support/in-memory-store.ts';

const [A, B, C] = ['106540352242921', '106540352242922', '106540352242923'] as const;
const WA = '16505551234';
const BSUID = 'US.13491208655302741918';

let store: InMemoryBlocklistStore;
beforeEach(async () => {
  store = new InMemoryBlocklistStore();
  for (const number of [C, A, B]) await store.registerNumber(number, '2026-11-01T00:00:00.000Z');
});

const put = (number: string, id: string, next: MirrorItem) => store.putUsers(number, [{ id, prior: undefined, next }]);
const bsuidOnly = (change = {}) => mirrorUser(BSUID, { input: BSUID, waId: undefined, ...change });
const statesOf = async (id: string, within?: ReadonlySet<string>) => {
  const { rows } = await findEverywhere(store, { id, within });
  return rows.map(({ phoneNumberId, user }) => [phoneNumberId, user?.state]);
};

it('has a row for each number in use, in their order, also if nothing is stored there', async () => {
  await put(B, WA, mirrorUser(WA));
  await put('106540352249999', WA, mirrorUser(WA));
  expect(await findEverywhere(store, { id: WA })).toEqual({
    rows: [{ phoneNumberId: A }, { phoneNumberId: B, user: mirrorUser(WA) }, { phoneNumberId: C }],
    ids: [WA],
    previousIds: [],
  });
});

it('finds a user by an id that only another number knows', async () => {
  await put(A, WA, mirrorUser(WA, { state: 'unblocked', userId: BSUID }));
  await put(B, BSUID, bsuidOnly());
  await put(C, WA, mirrorUser(WA));
  const both = [
    [A, 'unblocked'],
    [B, 'blocked'],
    [C, 'blocked'],
  ];
  expect(await statesOf(WA)).toEqual(both);
  // The other way round, A has to say it first: it knows the BSUID only as another name.
  await put(A, BSUID, { aliasOf: WA, revision: 1 });
  expect(await statesOf(BSUID)).toEqual(both);
  const { ids, rows } = await findEverywhere(store, { id: BSUID });
  expect(ids).toEqual([BSUID, WA]);
  expect(rows.map(({ askedAs }) => askedAs)).toEqual([BSUID, undefined, BSUID]);
});

it('follows ids from number to number: each business has a BSUID of its own', async () => {
  const other = 'US.999';
  await put(A, BSUID, { aliasOf: WA, revision: 1 });
  await put(A, WA, mirrorUser(WA, { userId: BSUID }));
  await put(B, WA, mirrorUser(WA, { userId: other }));
  await put(C, other, mirrorUser(other, { waId: undefined, input: other, state: 'deferred' }));
  expect(await statesOf(BSUID)).toEqual([
    [A, 'blocked'],
    [B, 'blocked'],
    [C, 'deferred'],
  ]);
});

it('finds a user under the other form of their number, on each number under the form that is known there', async () => {
  const [long, short] = ['5531987654321', '553187654321'];
  await put(A, short, mirrorUser(short));
  await put(B, long, mirrorUser(long));
  const { rows, ids } = await findEverywhere(store, { id: long });
  expect(rows.map(({ user, askedAs }) => [user?.user, askedAs])).toEqual([
    [short, long],
    [long, undefined],
    [undefined, undefined],
  ]);
  expect(ids).toEqual([long, short]);
});

it('prefers the block if a number has a user twice, under ids that only another number connects', async () => {
  await put(A, WA, mirrorUser(WA, { userId: BSUID, state: 'unblocked' }));
  await put(B, WA, mirrorUser(WA, { state: 'unblocked' }));
  await put(B, BSUID, bsuidOnly());
  await put(C, WA, mirrorUser(WA, { state: 'unknown', change: 'none' }));
  await put(C, BSUID, bsuidOnly({ state: 'deferred' }));
  expect(await statesOf(WA)).toEqual([
    [A, 'unblocked'],
    [B, 'blocked'],
    [C, 'deferred'],
  ]);
});

it('does not take a stranger who has an earlier id of the user for them, and names that id', async () => {
  const before = '16505550009';
  await put(A, WA, mirrorUser(WA, { previousIds: [before] }));
  await put(A, before, { aliasOf: WA, isPreviousId: true, revision: 1 });
  await put(B, before, mirrorUser(before));
  expect(await findEverywhere(store, { id: WA })).toMatchObject({
    rows: [{ user: { user: WA } }, { phoneNumberId: B }, {}],
    ids: [WA],
    previousIds: [before],
  });
  expect(await statesOf(WA)).toEqual([
    [A, 'blocked'],
    [B, undefined],
    [C, undefined],
  ]);
  const { rows } = await findEverywhere(store, { id: before });
  expect(rows).toMatchObject([{ previousId: { id: before, changedTo: WA } }, { user: { user: before } }, {}]);
});

it('does not take an id that another number gives for the user it belonged to before', async () => {
  await put(A, WA, mirrorUser(WA, { userId: BSUID }));
  await put(B, BSUID, { aliasOf: '16505550007', isPreviousId: true, revision: 1 });
  await put(B, '16505550007', mirrorUser('16505550007', { previousIds: [BSUID] }));
  expect((await findEverywhere(store, { id: WA })).rows[1]).toEqual({ phoneNumberId: B });
});

it('looks only at the numbers that it is given, and learns nothing from others', async () => {
  await put(A, WA, mirrorUser(WA, { userId: BSUID }));
  await put(B, BSUID, bsuidOnly());
  expect(await statesOf(WA, new Set([B, '106540352249999']))).toEqual([[B, undefined]]);
  const { rows } = await findOnNumbers(store, { ids: [WA, BSUID], phoneNumberIds: ['106540352249999', B] });
  expect(rows.map(({ phoneNumberId, user }) => [phoneNumberId, user?.state])).toEqual([
    ['106540352249999', undefined],
    [B, 'blocked'],
  ]);
});

it('takes a few calls to the store, however many numbers there are, and lists them all', async () => {
  const numbers = Array.from({ length: 10_001 }, (_, index) => String(206_540_352_000_000 + index));
  for (const number of numbers) store.numbers.set(number, '2026-11-01T00:00:00.000Z');
  await put(A, WA, mirrorUser(WA, { userId: BSUID }));
  await put(numbers.at(-1) ?? '', BSUID, bsuidOnly());
  const read = vi.spyOn(store, 'getUsersOfNumbers');
  const { rows } = await findEverywhere(store, { id: WA });
  expect(rows).toHaveLength(10_004);
  expect(rows.at(-1)).toMatchObject({ user: { state: 'blocked' } });
  expect(read.mock.calls.map(([wanted]) => wanted.size)).toEqual([10_004, 10_004]);
});
