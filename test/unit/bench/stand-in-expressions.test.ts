import { describe, expect, it } from 'vitest';
import type { Attributes } from '../../../bench/stand-in/attributes.ts';
import { parseCondition } from '../../../bench/stand-in/expressions/condition.ts';
import { holds } from '../../../bench/stand-in/expressions/evaluate.ts';
import { keyRange } from '../../../bench/stand-in/expressions/key-condition.ts';
import { checkPlaceholders } from '../../../bench/stand-in/expressions/scope.ts';
import { parseUpdate, updated } from '../../../bench/stand-in/expressions/update.ts';
import { parseStatement } from '../../../bench/stand-in/partiql.ts';
import { toItem } from '../../../lambdas/adapters/dynamo/table.ts';

const given = (values: object): Attributes => JSON.parse(JSON.stringify(toItem(values)));
const names = { '#s': 'state', '#n': 'n' };
const scope = { names, values: given({ ':a': 'a', ':b': 'b', ':c': 'c', ':one': 1, ':ten': 10, ':big': 2n ** 60n }) };
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
    ['#n > :one', true],
    ['#n > :a', false],
    ['big = :big', false],
    ['big > :big', true],
    ['#s BETWEEN :a AND :b', true],
    ['#s BETWEEN :c AND :c', false],
    ['#s IN (:a, :b)', true],
    ['NOT #s IN (:a, :b)', false],
    ['attribute_exists(error)', true],
    ['attribute_not_exists(error)', false],
    ['begins_with(pk, :b)', true],
    ['begins_with(pk, :a)', false],
    ['begins_with(n, :a)', false],
    // AND binds before OR, NOT before both.
    ['#s = :b OR #s = :a AND #s = :c', true],
    ['(#s = :b OR #s = :a) AND #s = :c', false],
    ['NOT #s = :b OR #s = :b', true],
    ['NOT (#s = :b OR #s = :b)', false],
    ['attribute_not_exists(pk) or #n <= :one', false],
  ])('%s is %s', (expression, expected) => {
    expect(holds(parseCondition(expression).tree, item, scope)).toBe(expected);
  });

  it('may be about an item that is not there', () => {
    expect(holds(parseCondition('attribute_not_exists(pk)').tree, undefined, scope)).toBe(true);
  });

  it.each([
    ['size(a) = :a', '"("'],
    ['a.b = :a', '.b'],
    ['a[0] = :a', '[0]'],
    ['#s = :a)', '")"'],
    ['#s = ', 'the end'],
    ['#s IN :a', ':a'],
    ['contains(a, :a)', '"("'],
  ])('%s is not understood, and told so', (expression, named) => {
    expect(() => parseCondition(expression)).toThrow(named);
  });

  it.each([
    [{}, given({ ':a': 'a' }), '#s'],
    [{ '#s': 's' }, {}, ':a'],
    [{ '#s': 's', '#t': 't' }, given({ ':a': 'a' }), '#t'],
    [{ '#s': 's' }, given({ ':a': 'a', ':b': 'b' }), ':b'],
  ])('wants each placeholder defined and used: %j %j', (ownNames, values, named) => {
    expect(() => checkPlaceholders({ names: ownNames, values }, parseCondition('#s = :a'))).toThrow(named);
  });
});

describe('a key condition', () => {
  const keys = { hash: 'pk', range: 'sk' };
  const taken = (expression: string) => {
    const { hash, low, high } = keyRange(parseCondition(expression).tree, keys, scope);
    expect(hash).toBe('a');
    return ['a', 'b', 'bb', 'c'].filter((place) => place >= low && place < high).join(' ');
  };

  it.each([
    ['pk = :a', 'a b bb c'],
    ['pk = :a AND sk = :b', 'b'],
    ['sk < :b AND pk = :a', 'a'],
    ['pk = :a AND sk <= :b', 'a b'],
    ['pk = :a AND sk > :b', 'bb c'],
    ['pk = :a AND sk >= :b', 'b bb c'],
    ['pk = :a AND sk BETWEEN :a AND :b', 'a b'],
    ['pk = :a AND begins_with(sk, :b)', 'b bb'],
  ])('%s takes %s', (expression, expected) => {
    expect(taken(expression)).toBe(expected);
  });

  it.each(['sk = :a', 'pk > :a', 'pk = :a OR sk = :a', 'pk = :a AND n = :one', 'pk = :a AND sk BETWEEN :b AND :a'])(
    '%s is refused',
    (expression) => expect(() => taken(expression)).toThrow(),
  );
});

describe('an update', () => {
  it.each([
    ['SET #s = :a, x = :c REMOVE error, nothing', { pk: 'b', state: 'a', n: 9, x: 'c' }],
    ['SET n = n + :one, m = n - :ten', { n: 10, m: -1 }],
    ['SET n = if_not_exists(n, :one), m = if_not_exists(m, :one)', { n: 9, m: 1 }],
    ['ADD n :ten, m :one', { n: 19, m: 1 }],
    ['ADD big :big', { big: 2n ** 61n + 1n }],
  ])('%s', (expression, expected) => {
    const result = updated(parseUpdate(expression).tree, item, scope);
    expect(result).toMatchObject(given(expected));
    expect('error' in result).toBe(!expression.includes('REMOVE'));
    expect(item.n).toEqual({ N: '9' });
  });

  it('appends to a list that may not be there yet', () => {
    const appended = parseUpdate('SET l = list_append(if_not_exists(l, :none), :list)').tree;
    const lists = { values: { ...scope.values, ':none': { L: [] }, ':list': { L: [{ S: 'a' }] } }, names: scope.names };
    const once = updated(appended, item, lists);
    expect(once.l).toEqual({ L: [{ S: 'a' }] });
    expect(updated(appended, once, lists).l).toEqual({ L: [{ S: 'a' }, { S: 'a' }] });
    expect(() => updated(parseUpdate('SET l = list_append(n, :list)').tree, item, lists)).toThrow();
  });

  it.each(['SET n = nothing', 'ADD pk :one', 'ADD n :a', 'SET n = :one, #n = :ten', 'SET n = pk + :one'])(
    '%s cannot be done',
    (expression) => expect(() => updated(parseUpdate(expression).tree, item, scope)).toThrow(),
  );

  it.each(['', 'DELETE n :one', 'SET n = :one SET m = :one', 'SET n = list_append(n)', 'n = :one', 'SET n :one'])(
    '"%s" is not understood',
    (expression) => expect(() => parseUpdate(expression)).toThrow('does not understand'),
  );
});

describe('a statement', () => {
  it('names what it inserts', () => {
    const names = ['pk', "it's"];
    expect(parseStatement(`INSERT INTO "t" VALUE {'pk': ?, 'it''s': ?}`)).toEqual({
      ...{ kind: 'insert', table: 't', names, parameters: 2 },
    });
  });

  it('names what it changes, and what must be so', () => {
    expect(parseStatement('UPDATE "t" SET "a" = ? SET "b" = ? REMOVE "c" WHERE "pk" = ? AND "sk" = ?')).toEqual({
      ...{ kind: 'update', table: 't', set: ['a', 'b'], remove: ['c'], where: ['pk', 'sk'], parameters: 4 },
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
