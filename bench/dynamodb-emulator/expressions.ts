import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { notUnderstood, validationError } from './errors.ts';
import { type Attributes, type AttributeValue, attributes } from './item.ts';

/** Fields of a request with expressions. */
export const PLACEHOLDERS = {
  ExpressionAttributeNames: z.record(z.string(), z.string()).optional(),
  ExpressionAttributeValues: attributes.optional(),
};
interface Placeholders {
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>> | undefined;
  readonly ExpressionAttributeValues?: Attributes | undefined;
}

/** An expression as a function of an item, and of the values of the request. */
type Run<T> = (item: Attributes, values: Attributes) => T;

/** A reader of expressions, which gives a function of an item. */
type Reader<T> = (expression: string, placeholders: Placeholders) => (item: Attributes) => T;

/** The stores use a few hundred texts, always with single spaces. Each is parsed once. */
function reader<T>(parse: (text: string) => Run<T>): Reader<T> {
  const known = new Map<string, Run<T>>();
  return (expression, { ExpressionAttributeNames: names = {}, ExpressionAttributeValues: values = {} }) => {
    const text = expression.trim().replace(/#\w+/g, (name) => names[name] ?? notGiven(name));
    const run = known.get(text) ?? parse(text);
    known.set(text, run);
    return (item) => run(item, values);
  };
}

function notGiven(placeholder: string): never {
  throw validationError(`An expression uses ${placeholder}, which is not defined`);
}

/** Condition and filter expressions. */
export const readCondition = reader(condition);
/** The part of a key condition that is about the sort key. */
export const readKeyCondition = reader(predicate);
/** `SET`, `REMOVE` and `ADD`, each at most once. Gives a new item, of an item or of its bare key. */
export const readUpdate = reader(update);
/** Attributes, separated by commas. */
export const readProjection = reader((text): Run<Attributes> => {
  const names = text.split(', ').map(attribute);
  return (item) => Object.fromEntries(names.flatMap((name) => (item[name] ? [[name, item[name]]] : [])));
});

/** The parts between separators that are in no parentheses. */
function split(text: string, separator: string): string[] {
  const parts: string[] = [];
  let [depth, from] = [0, 0];
  for (let at = 0; at < text.length; at += 1) {
    depth += Number(text[at] === '(') - Number(text[at] === ')');
    if (depth !== 0 || !text.startsWith(separator, at)) continue;
    parts.push(text.slice(from, at));
    from = at + separator.length;
  }
  if (depth !== 0) throw notUnderstood(text);
  return [...parts, text.slice(from)];
}

function condition(text: string): Run<boolean> {
  for (const [separator, holds] of [
    [' OR ', 'some'],
    [' AND ', 'every'],
  ] as const) {
    const parts = split(text, separator);
    if (parts.length === 1) continue;
    const runs = parts.map(condition);
    return (item, values) => runs[holds]((run) => run(item, values));
  }
  if (text.startsWith('NOT ')) {
    const inner = condition(text.slice('NOT '.length));
    return (item, values) => !inner(item, values);
  }
  return text.startsWith('(') && text.endsWith(')') ? condition(text.slice(1, -1)) : predicate(text);
}

const PREDICATE =
  /^(?:attribute_(?<not>not_)?exists\((?<path>\w+)\)|begins_with\((?<of>\w+), (?<prefix>:\w+)\)|contains\((?<within>\w+), (?<element>:\w+)\)|(?<left>\w+) (?:IN \((?<list>:\w+(?:, :\w+)*)\)|BETWEEN (?<low>:\w+) AND (?<high>:\w+)|(?<by><>|[<>]=?|=) (?<right>:\w+)))$/;

function predicate(text: string): Run<boolean> {
  const groups: Readonly<Record<string, string | undefined>> | undefined = PREDICATE.exec(text)?.groups;
  if (!groups) throw notUnderstood(text);
  const {
    not,
    path,
    of,
    prefix = '',
    within,
    element = '',
    left = '',
    list,
    low,
    high = '',
    by = '=',
    right = '',
  } = groups;
  if (path !== undefined) return (item) => (item[path] === undefined) === (not !== undefined);
  if (of !== undefined) return (item, values) => item[of]?.S?.startsWith(value(prefix, values).S ?? '\u0000') === true;
  if (within !== undefined) {
    return (item, values) => item[within]?.L?.some((one) => compare('=', one, value(element, values))) === true;
  }
  if (low !== undefined) {
    return (item, values) =>
      compare('>=', item[left], value(low, values)) && compare('<=', item[left], value(high, values));
  }
  const others = (list ?? right).split(', ');
  return (item, values) => others.some((other) => compare(by, item[left], value(other, values)));
}

function attribute(text: string): string {
  if (!/^[A-Za-z_]\w*$/.test(text)) throw notUnderstood(text);
  return text;
}

function value(placeholder: string, values: Attributes): AttributeValue {
  return values[placeholder] ?? notGiven(placeholder);
}

/** An attribute that is not there is unlike every value, and neither before nor behind one. */
export function compare(by: string, left: AttributeValue | undefined, right: AttributeValue | undefined): boolean {
  if (left === undefined || right === undefined) return by === '<>';
  const order = orderOf(left, right);
  if (by === '=') return order === 0;
  if (by === '<>') return order !== 0;
  if (order === undefined) return false;
  return (by.includes('=') && order === 0) || (by.startsWith('<') ? order < 0 : order > 0);
}

/** Below zero, zero or above if the first is before, equal to or behind the second; undefined if they have no order. */
function orderOf(one: AttributeValue, other: AttributeValue): number | undefined {
  if (one.S !== undefined && other.S !== undefined) return one.S < other.S ? -1 : Number(one.S > other.S);
  if (one.N === undefined || other.N === undefined) return isDeepStrictEqual(one, other) ? 0 : undefined;
  const [left, right] = [number(one.N), number(other.N)];
  return left < right ? -1 : Number(left > right);
}

/** Exact up to DynamoDB's 38 digits if it is whole. */
function number(text: string): number | bigint {
  return /^-?\d+$/.test(text) ? BigInt(text) : Number(text);
}

/** An attribute and its new value, or none. */
type Action = readonly [name: string, value: Run<AttributeValue | undefined>];

const CLAUSES: Readonly<Record<string, (text: string) => Action>> = {
  SET: (text) => {
    const [name = '', ...terms] = text.split(' = ');
    return [attribute(name), term(terms.join(' = '))];
  },
  REMOVE: (text) => [attribute(text), () => undefined],
  ADD: (text) => {
    const [name = '', added = ''] = text.split(' ');
    return [attribute(name), (item, values) => sum(item[name] ?? { N: '0' }, value(added, values))];
  },
};

function update(text: string): Run<Attributes> {
  const clauses = text.split(/ (?=(?:SET|REMOVE|ADD) )/).map((clause) => {
    const [, kind = '', body = ''] = /^(\w+) (.+)$/.exec(clause) ?? [];
    return { kind, body };
  });
  if (new Set(clauses.map(({ kind }) => kind)).size < clauses.length) throw notUnderstood(text);
  const actions = clauses.flatMap(({ kind, body }) => {
    const parse = CLAUSES[kind];
    if (!parse) throw notUnderstood(text);
    return split(body, ', ').map(parse);
  });
  return (item, values) => {
    const result: Record<string, AttributeValue> = { ...item };
    // Every action sees the item as it was before.
    for (const [name, make] of actions) {
      const made = make(item, values);
      if (made) result[name] = made;
      else delete result[name];
    }
    return result;
  };
}

/** What may be set: a value, an attribute or a value in its place, or lists of those put together. */
function term(text: string): Run<AttributeValue> {
  const [, call, inner = ''] = /^(if_not_exists|list_append)\((.+)\)$/.exec(text) ?? [];
  const [first = '', second = ''] = split(inner, ', ');
  if (call === 'if_not_exists') return (item, values) => item[attribute(first)] ?? value(second, values);
  if (call === 'list_append') {
    const [left, right] = [listTerm(first), listTerm(second)];
    return (item, values) => ({ L: [left, right].flatMap((list) => list(item, values).L ?? wrongType()) });
  }
  if (!/^:\w+$/.test(text)) throw notUnderstood(text);
  return (_, values) => value(text, values);
}

/** A list that is there already may be named by its attribute. Of an item that is not there, a condition decides. */
function listTerm(text: string): Run<AttributeValue> {
  return /^[a-z]\w*$/i.test(text) ? (item) => item[text] ?? { L: [] } : term(text);
}

function sum(one: AttributeValue, other: AttributeValue): AttributeValue {
  const [left, right] = [number(one.N ?? 'none'), number(other.N ?? 'none')];
  return typeof left === 'bigint' && typeof right === 'bigint' ? { N: String(left + right) } : wrongType();
}

function wrongType(): never {
  throw validationError('An operand in the update expression has an incorrect data type, or is no whole number');
}
