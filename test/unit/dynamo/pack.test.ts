import { expect, test } from 'vitest';
import { pack, unpack } from '../../../lambdas/adapters/dynamo/pack.ts';
import { fromItem, toItem } from '../../../lambdas/adapters/dynamo/table.ts';
import { phones } from '../../support/world.ts';

test('unpacking an item gives what was packed', () => {
  const value = ['16505550001', 'US.1', { message: '話 "quoted"', code: null }, []];
  expect(unpack(fromItem(toItem({ packed: pack(value) })).packed)).toEqual(value);
});

test('the ids of 1,000 users take a few write units', () => {
  expect(pack(phones(1_000)).length).toBeLessThan(4 * 1024);
});

test.each([
  ['absent', undefined],
  ['text', '["16505550001"]'],
  ['a list', ['16505550001']],
])('an attribute that is %s is an error, never empty', (_, attribute) => {
  expect(() => unpack(attribute)).toThrow('A packed attribute must be binary');
});

test.each([
  ['is not packed', new TextEncoder().encode('["16505550001"]')],
  ['ends early', pack(phones(100)).slice(0, 40)],
])('binary that %s is an error, never empty', (_, attribute) => {
  expect(() => unpack(attribute)).toThrow();
});
