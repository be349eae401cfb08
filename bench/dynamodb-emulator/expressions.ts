import { isDeepStrictEqual } from 'node:util';
import { validationError } from './errors.ts';
import type { Attributes, AttributeValue } from './item.ts';

/** What the placeholders of a request's expressions mean. */
export interface Scope {
  readonly names: Readonly<Record<string, string>>;
  readonly values: Attributes;
}

/** An expression as a function of the item. */
type Run<T> = (item: Attributes, scope: Scope) => T;

export interface Parsed<T> {
  readonly run: Run<T>;
  /** Its words, names and placeholders. */
  readonly tokens: readonly string[];
}

/** Condition and filter expressions. */
export const parseCondition = parser(condition);
/** `SET`, `REMOVE` and `ADD`, each at most once. Gives a new item, of an item or of its bare key. */
export const parseUpdate = parser(update);
/** Attributes, separated by commas. */
export const parseProjection = parser((text): Run<Attributes> => {
  const paths = split(text, ', ').map(name);
  return (item, scope) => {
    const names = paths.map((path) => nameOf(path, scope));
    return Object.fromEntries(names.flatMap((attribute) => (item[attribute] ? [[attribute, item[attribute]]] : [])));
  };
});

/** The stores have a few hundred texts, written with one space where there may be any; each is parsed once. */
function parser<T>(parse: (text: string) => Run<T>): (expression: string) => Parsed<T> {
  const known = new Map<string, Parsed<T>>();
  return (expression) => {
    const parsed = known.get(expression) ?? {
      run: parse(expression.trim()),
      tokens: expression.match(/[#:]?\w+/g) ?? [],
    };
    known.set(expression, parsed);
    return parsed;
  };
}

/** DynamoDB wants every placeholder defined, and every definition used by some expression of the request. */
export function checkPlaceholders({ names, values }: Scope, tokens: readonly string[]): void {
  const used = tokens.filter((token) => /^[#:]/.test(token));
  const defined = [...Object.keys(names), ...Object.keys(values)];
  const missing = used.find((placeholder) => !defined.includes(placeholder));
  if (missing) throw validationError(`An attribute used in an expression is not defined: ${missing}`);
  const unused = defined.find((placeholder) => !used.includes(placeholder));
  if (unused) throw validationError(`Unused in expressions: ${unused}`);
}

/** The attribute that `x` or `#x` names. */
export function nameOf(path: string, { names }: Scope): string {
  return path.startsWith('#') ? (names[path] ?? path) : path;
}

function unknown(text: string): Error {
  return validationError(`The emulator does not understand "${text}"`);
}

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
  if (depth !== 0) throw unknown(text);
  return [...parts, text.slice(from)];
}

function condition(text: string): Run<boolean> {
  const any = split(text, ' OR ');
  if (any.length > 1) {
    const runs = any.map(condition);
    return (item, scope) => runs.some((run) => run(item, scope));
  }
  const all = split(text, ' AND ');
  if (all.length > 1) {
    const runs = all.map(condition);
    return (item, scope) => runs.every((run) => run(item, scope));
  }
  if (text.startsWith('NOT ')) {
    const inner = condition(text.slice('NOT '.length));
    return (item, scope) => !inner(item, scope);
  }
  return text.startsWith('(') && text.endsWith(')') ? condition(text.slice(1, -1)) : predicate(text);
}

const PREDICATE =
  /^(?:attribute_(?<not>not_)?exists\((?<path>#?\w+)\)|begins_with\((?<of>#?\w+), (?<prefix>:\w+)\)|(?<left>[#:]?\w+) (?:IN \((?<list>:\w+(?:, :\w+)*)\)|(?<by><>|[<>]=?|=) (?<right>[#:]?\w+)))$/;

function predicate(text: string): Run<boolean> {
  const groups: Readonly<Record<string, string | undefined>> | undefined = PREDICATE.exec(text)?.groups;
  if (!groups) throw unknown(text);
  const { not, path, of, prefix, left = '', list, by = '=', right = '' } = groups;
  if (path !== undefined) return (item, scope) => (item[nameOf(path, scope)] === undefined) === (not !== undefined);
  if (of !== undefined) {
    const [begins, value] = [operand(of), operand(prefix ?? '')];
    return (item, scope) => begins(item, scope)?.S?.startsWith(value(item, scope)?.S ?? '\u0000') === true;
  }
  const read = operand(left);
  const others = (list ?? right).split(', ').map(operand);
  return (item, scope) => others.some((other) => compare(by, read(item, scope), other(item, scope)));
}

function name(text: string): string {
  if (!/^#?[A-Za-z_]\w*$/.test(text)) throw unknown(text);
  return text;
}

/** An attribute, `x` or `#x`, or a value, `:x`. */
function operand(text: string): Run<AttributeValue | undefined> {
  if (/^:\w+$/.test(text)) return (_, { values }) => values[text];
  const path = name(text);
  return (item, scope) => item[nameOf(path, scope)];
}

export function isEqual(one: AttributeValue | undefined, other: AttributeValue | undefined): boolean {
  return compare('=', one, other);
}

/** An attribute that is not there is unlike every value, and neither before nor behind one. */
function compare(by: string, left: AttributeValue | undefined, right: AttributeValue | undefined): boolean {
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
type Action = readonly [path: string, value: Run<AttributeValue | undefined>];

const CLAUSES: Readonly<Record<string, (text: string) => Action>> = {
  SET: (text) => {
    const [path = '', value = '', ...more] = text.split(' = ');
    const [left = none, right, ...others] = split(value, ' + ').map(term);
    if (more.length + others.length > 0) throw unknown(text);
    return [name(path), right ? (item, scope) => sum(left(item, scope), right(item, scope)) : left];
  },
  REMOVE: (text) => [name(text), none],
  ADD: (text) => {
    const [path = '', value = ''] = text.split(' ');
    const [old, added] = [operand(name(path)), operand(value)];
    return [path, (item, scope) => sum(old(item, scope) ?? { N: '0' }, added(item, scope))];
  },
};

function none(): undefined {}

function update(text: string): Run<Attributes> {
  const clauses = text.split(/ (?=(?:SET|REMOVE|ADD) )/).map((clause) => {
    const [, kind = '', body = ''] = /^(\w+) (.+)$/.exec(clause) ?? [];
    return { kind, body };
  });
  if (new Set(clauses.map(({ kind }) => kind)).size < clauses.length) throw unknown(text);
  const actions = clauses.flatMap(({ kind, body }) => {
    const parse = CLAUSES[kind];
    if (!parse) throw unknown(text);
    return split(body, ', ').map(parse);
  });
  return (item, scope) => {
    // Every action sees the item as it was before.
    const changes = actions.map(([path, value]) => [nameOf(path, scope), value(item, scope)] as const);
    if (new Set(changes.map(([path]) => path)).size < changes.length) {
      throw validationError('Two document paths overlap with each other');
    }
    const result: Record<string, AttributeValue> = { ...item };
    for (const [path, value] of changes) {
      if (value) result[path] = value;
      else delete result[path];
    }
    return result;
  };
}

/** What may be set: it is there, or it is an error. */
function term(text: string): Run<AttributeValue> {
  const [, call, inner = ''] = /^(if_not_exists|list_append)\((.+)\)$/.exec(text) ?? [];
  const parts = call === undefined ? [operand(text)] : split(inner, ', ').map(call === 'list_append' ? term : operand);
  return (item, scope) => {
    const values = parts.map((part) => part(item, scope));
    if (call === 'list_append') return { L: values.flatMap((value) => value?.L ?? wrongType()) };
    const found = values.find((value) => value !== undefined);
    if (!found) throw validationError('The expression refers to an attribute that does not exist in the item');
    return found;
  };
}

function sum(one: AttributeValue | undefined, other: AttributeValue | undefined): AttributeValue {
  const [left, right] = [number(one?.N ?? 'none'), number(other?.N ?? 'none')];
  return typeof left === 'bigint' && typeof right === 'bigint' ? { N: String(left + right) } : wrongType();
}

function wrongType(): never {
  throw validationError('An operand in the update expression has an incorrect data type, or is no whole number');
}
