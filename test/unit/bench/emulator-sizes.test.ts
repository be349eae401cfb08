import { expect, it } from 'vitest';
import {
  type AttributeValue,
  readUnits,
  sizeOfItem,
  sizeOfValue,
  stored,
  writeUnits,
} from '../../../bench/dynamodb-emulator/item.ts';

it.each<[AttributeValue, number]>([
  [{ S: 'abc' }, 3],
  [{ S: '' }, 0],
  [{ S: '話é' }, 5],
  [{ N: '0' }, 1],
  [{ N: '7' }, 2],
  [{ N: '42' }, 2],
  [{ N: '100' }, 2],
  [{ N: '1000' }, 2],
  [{ N: '123' }, 3],
  [{ N: '-42' }, 3],
  [{ N: '1793534400' }, 5],
  [{ N: '1793534401' }, 6],
  [{ N: '0.5' }, 2],
  [{ N: '1.25' }, 3],
  [{ N: '12e2' }, 2],
  [{ B: Buffer.from('four').toString('base64') }, 4],
  [{ BOOL: false }, 1],
  [{ NULL: true }, 1],
  [{ L: [] }, 3],
  [{ L: [{ S: 'ab' }, { S: 'c' }] }, 3 + 1 + 2 + 1 + 1],
  [{ M: { code: { N: '10' } } }, 3 + 1 + 4 + 2],
])('%j takes %i bytes', (value, bytes) => {
  expect(sizeOfValue(value, 'a')).toBe(bytes);
});

it('counts the names of an item too', () => {
  expect(sizeOfItem({ pk: { S: 'a' }, 話: { S: 'b' } })).toBe(2 + 1 + 3 + 1);
});

it.each([
  [{ a: { SS: ['a'] } }, 'SS'],
  [{ a: { S: 'a', N: '1' } }, 'SN'],
  [{ a: {} }, 'type ""'],
  [{ a: { N: 'x' } }, 'not a number'],
  [{ a: { N: '' } }, 'not a number'],
  [{ a: { S: 'x'.repeat(400 * 1024) } }, 'maximum allowed size'],
])('refuses %.40j', (item, message) => {
  expect(() => stored(Object(item))).toThrow(message);
});

it.for<[number, number, number, number]>([
  [0, 1, 1, 0.5],
  [1024, 1, 1, 0.5],
  [1025, 2, 1, 0.5],
  [4096, 4, 1, 0.5],
  [4097, 5, 2, 1],
])('%i bytes cost %d to write, %d to read consistently, and %d otherwise', ([bytes, write, consistent, read]) => {
  expect([writeUnits(bytes), readUnits(bytes, true), readUnits(bytes, false)]).toEqual([write, consistent, read]);
});
