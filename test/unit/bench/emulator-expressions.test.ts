import { describe, expect, it } from 'vitest';
import {
  checkPlaceholders,
  parseCondition,
  parseProjection,
  parseUpdate,
} from '../../../bench/dynamodb-emulator/expressions.ts';
import type { Attributes } from '../../../bench/dynamodb-emulator/item.ts';
import { parseStatement } from '../../../bench/dynamodb-emulator/partiql.ts';
import { keyRange } from '../../../bench/dynamodb-emulator/reads.ts';
import { toItem } from '../../../lambdas/adapters/dynamo/table.ts';

const given = (values: object): Attributes => JSON.parse(JSON.stringify(toItem(values)));
const names = { '#s': 'state', '#n': 'n' };
const values = given({ ':a': 'a', ':b': 'b', ':c': 'c', ':one': 1, ':ten': 10, ':big': 2n ** 60n, ':l': ['x'] });
const scope = { names, values };
const item = given({ pk: 'b', state: 'b', n: 9, error: { code: 1 }, big: 2n ** 60n + 1n });

describe('a condition', () => {
  it.each([
    ['#s = :b', true],
    ['#s = :a', false],
    ['#s <> :a', true],
    ['nothing <> :a', true],
    ['nothing = :a', false],
    ['nothing < :a', false],
    ['#n < :ten', true],
    ['#n >= :ten', false],
    ['#n > :a', false],
    ['big = :big', false],
    ['big > :big', true],
    ['NOT #s IN (:a, :b)', false],
    ['attribute_exists(error)', true],
    ['attribute_not_exists(error)', false],
    ['begins_with(pk, :b)', true],
    ['begins_with(n, :a)', false],
    // AND binds before OR, NOT before both.
    ['#s = :b OR #s = :a AND #s = :c', true],
    ['(#s = :b OR #s = :a) AND #s = :c', false],
    ['NOT #s = :b OR #s = :b', true],
    ['attribute_not_exists(pk) OR #n <= :one', false],
  ])('%s is %s', (expression, expected) => {
    expect(parseCondition(expression).run(item, scope)).toBe(expected);
  });

  it.each([
    ['#s = :a AND size(a) = :a', '"size(a) = :a"'],
    ['a.b = :a', 'a.b'],
    ['a[0] = :a', 'a[0]'],
    ['#s = :a)', '#s = :a)'],
    ['(#s = :a', '(#s = :a'],
    ['(#s = :a) (#s = :b)', '#s = :a) (#s = :b'],
    ['#s =', '#s ='],
    ['#s IN :a', '#s IN :a'],
    ['#s = :a OR', '#s = :a OR'],
  ])('%s is not understood, and told so', (expression, named) => {
    expect(() => parseCondition(expression)).toThrow(named);
  });

  it.each([
    [{}, given({ ':a': 'a' }), '#s'],
    [{ '#s': 's' }, {}, ':a'],
    [{ '#s': 's', '#t': 't' }, given({ ':a': 'a' }), '#t'],
    [{ '#s': 's' }, given({ ':a': 'a', ':b': 'b' }), ':b'],
  ])('wants each placeholder defined and used: %j %j', (ownNames, ownValues, named) => {
    const { tokens } = parseCondition('#s = :a');
    expect(() => checkPlaceholders({ names: ownNames, values: ownValues }, tokens)).toThrow(named);
  });
});

describe('a key condition', () => {
  it.each([
    ['pk = :a', 'a b bb c'],
    ['pk = :a AND sk < :b', 'a'],
    ['pk = :a AND sk <= :b', 'a b'],
    ['pk = :a AND sk > :b', 'bb c'],
    ['pk = :a AND sk BETWEEN :a AND :b', 'a b'],
    ['pk = :a AND begins_with(sk, :b)', 'b bb'],
  ])('%s takes %s', (expression, expected) => {
    const { low, high } = keyRange(expression, ['pk', 'sk'], scope);
    const places = ['', 'a', 'b'].flatMap((hash) => ['a', 'b', 'bb', 'c'].map((sk) => `${hash}\u0000${sk}`));
    const taken = places.filter((place) => place >= low && place < high);
    expect(taken).toEqual(expected.split(' ').map((sk) => `a\u0000${sk}`));
  });

  it.each(['sk = :a', 'pk > :a', 'pk = :a OR sk = :a', 'pk = :a AND n = :one', 'pk = :a AND sk BETWEEN :b AND :a'])(
    '%s is refused',
    (expression) => expect(() => keyRange(expression, ['pk', 'sk'], scope)).toThrow(),
  );
});

describe('an update', () => {
  it.each([
    ['SET #s = :a, x = :c REMOVE big, nothing', { pk: 'b', state: 'a', n: 9, error: { code: 1 }, x: 'c' }],
    ['SET n = n + :one, m = if_not_exists(m, :one) REMOVE big, error', { pk: 'b', state: 'b', n: 10, m: 1 }],
    ['ADD n :ten, m :one REMOVE big, error', { pk: 'b', state: 'b', n: 19, m: 1 }],
    ['ADD big :big REMOVE error', { pk: 'b', state: 'b', n: 9, big: 2n ** 61n + 1n }],
    ['SET l = list_append(if_not_exists(l, :l), :l) REMOVE big, error', { pk: 'b', state: 'b', n: 9, l: ['x', 'x'] }],
  ])('%s', (expression, expected) => {
    expect(parseUpdate(expression).run(item, scope)).toEqual(given(expected));
    expect(item.n).toEqual({ N: '9' });
  });

  it.each(['SET n = nothing', 'ADD pk :one', 'ADD n :a', 'SET n = :one, #n = :ten', 'SET l = list_append(n, :l)'])(
    '%s cannot be done',
    (expression) => expect(() => parseUpdate(expression).run(item, scope)).toThrow(),
  );

  it.each(['', 'DELETE n :one', 'SET n = :one SET m = :one', 'n = :one', 'SET n :one'])(
    '"%s" is not understood',
    (expression) => expect(() => parseUpdate(expression)).toThrow('does not understand'),
  );
});

it('a projection takes what is there', () => {
  expect(parseProjection('#s, nothing').run(item, scope)).toEqual(given({ state: 'b' }));
});

describe('a statement', () => {
  it('names what it writes, and what must be so', () => {
    expect(parseStatement(`INSERT INTO "t" VALUE {'pk': ?, 'sk': ?}`)).toMatchObject({ table: 't', set: ['pk', 'sk'] });
    expect(parseStatement('UPDATE "t" SET "a" = ? SET "b" = ? REMOVE "c" WHERE "pk" = ? AND "sk" = ?')).toEqual({
      ...{ kind: 'update', table: 't', set: ['a', 'b'], remove: ['c'], where: ['pk', 'sk'] },
    });
  });

  it.each([
    'SELECT * FROM "t"',
    `INSERT INTO "t" VALUE {'pk': 'a'}`,
    'UPDATE "t" SET "a" = "a" + ? WHERE "pk" = ?',
    'UPDATE "t" WHERE "pk" = ?',
    'UPDATE "t" SET "a" = ?',
    'UPDATE "t" SET "a" = ? WHERE "pk" = ? OR "sk" = ?',
    'UPDATE "t" SET "a" = ? REMOVE "a" WHERE "pk" = ?',
  ])('%s is refused', (statement) => expect(() => parseStatement(statement)).toThrow());
});
