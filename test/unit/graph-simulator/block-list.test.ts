import { expect, test } from 'vitest';
import { BlockList } from '../../../local/graph-simulator/block-list.ts';
import { decodeCursor, encodeCursor } from '../../../local/graph-simulator/cursors.ts';
import { randomStream } from '../../../local/graph-simulator/random.ts';
import { digits, phones } from './harness.ts';

function emptyList(): BlockList {
  let version = 0;
  return new BlockList(() => ++version);
}

test('a list behaves as an ordered set through thousands of changes', () => {
  const list = emptyList();
  let model: string[] = [];
  const random = randomStream(1, 'block list test');
  const users = phones(2_500).map(digits);
  for (let round = 0; round < 60; round++) {
    const some = users.filter(() => random() < 0.3);
    // Removing more than adding in the second half makes the list drop its holes.
    if (random() < (round < 30 ? 0.7 : 0.3)) {
      const fresh = some.filter((user) => !model.includes(user));
      expect(list.add(some)).toBe(fresh.length);
      model.push(...fresh);
    } else {
      const gone = new Set(some);
      const rest = model.filter((user) => !gone.has(user));
      expect(list.remove(some)).toBe(model.length - rest.length);
      model = rest;
    }
    expect(list.size).toBe(model.length);
    const offset = Math.floor(random() * model.length);
    expect(list.page(offset, 700)).toEqual(model.slice(offset, offset + 700));
  }
  expect(list.page(0, list.size)).toEqual(model);
  list.replace(users.slice(0, 3));
  expect(list.page(0, 10)).toEqual(users.slice(0, 3));
});

test('a change moves the version once, and no change does not', () => {
  const list = emptyList();
  const first = list.version;
  list.add(['1', '2']);
  expect(list.version).toBe(first + 1);
  list.add(['1']);
  list.remove(['3']);
  expect(list.version).toBe(first + 1);
  list.remove(['1', '2', '3']);
  expect(list.version).toBe(first + 2);
  list.add(['4']);
  const { version } = list;
  list.replace([]);
  expect(list.version).toBeGreaterThan(version);
});

test('a page past the end is empty', () => {
  const list = emptyList();
  expect(list.page(0, 5)).toEqual([]);
  list.add(['1']);
  expect(list.page(1, 5)).toEqual([]);
  expect(list.page(9_999, 5)).toEqual([]);
});

test('cursors are written as in the example of the guide', () => {
  const example = 'eyJvZAmZAzZAXQiOjAsInZAlcnNpb25JZACI6IjE3Mzc2Nzk2ODgzODM1ODQifQZDZD';
  expect(encodeCursor({ offset: 0, version: 1_737_679_688_383_584 })).toBe(example);
  expect(decodeCursor(example)).toEqual({ offset: 0, version: 1_737_679_688_383_584 });
});

test('every cursor can be read again', () => {
  for (let offset = 0; offset < 70_000; offset += 777) {
    const cursor = { offset, version: 1_700_000_000_000_000 + offset };
    expect(decodeCursor(encodeCursor(cursor))).toEqual(cursor);
  }
});
