import { isDeepStrictEqual } from 'node:util';
import { validationError } from './errors.ts';
import type { Attributes, AttributeValue } from './item.ts';
import { Tokens } from './tokens.ts';

/** What the placeholders of a request's expressions mean. */
export interface Scope {
  readonly names: Readonly<Record<string, string>>;
  readonly values: Attributes;
}

/** A function of the item, in place of the expression's text. */
export interface Parsed<T> {
  readonly run: (item: Attributes, scope: Scope) => T;
  /** Its words, names and placeholders. */
  readonly tokens: readonly string[];
}

type Run<T> = Parsed<T>['run'];

const NAME = /^#?[A-Za-z_]\w*$/;
const VALUE = /^:/;

/** Condition and filter expressions. */
export const parseCondition = parser(anyOf);
/** `SET`, `REMOVE` and `ADD`, each at most once. Gives a new item, of an item or of its bare key. */
export const parseUpdate = parser(update);
/** Attributes, separated by commas. */
export const parseProjection = parser((tokens): Run<Attributes> => {
  const paths = tokens.list(name);
  return (item, scope) =>
    Object.fromEntries(
      paths.flatMap((path) => {
        const attribute = nameOf(path, scope);
        const value = item[attribute];
        return value === undefined ? [] : [[attribute, value]];
      }),
    );
});

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

/** The service has a few hundred texts; each is parsed once. */
function parser<T>(parse: (tokens: Tokens) => Run<T>): (expression: string) => Parsed<T> {
  const known = new Map<string, Parsed<T>>();
  return (expression) => {
    const tokens = known.has(expression) ? undefined : new Tokens(expression);
    if (tokens) {
      const run = parse(tokens);
      tokens.end();
      known.set(expression, { run, tokens: tokens.all });
    }
    return known.get(expression) as Parsed<T>;
  };
}

function anyOf(tokens: Tokens): Run<boolean> {
  const all = [allOf(tokens)];
  while (tokens.takeIf('OR')) all.push(allOf(tokens));
  return (item, scope) => all.some((one) => one(item, scope));
}

function allOf(tokens: Tokens): Run<boolean> {
  const all = [negation(tokens)];
  while (tokens.takeIf('AND')) all.push(negation(tokens));
  return (item, scope) => all.every((one) => one(item, scope));
}

function negation(tokens: Tokens): Run<boolean> {
  if (tokens.takeIf('NOT')) {
    const inner = negation(tokens);
    return (item, scope) => !inner(item, scope);
  }
  return tokens.next === '(' ? inParentheses(tokens, anyOf) : predicate(tokens);
}

function predicate(tokens: Tokens): Run<boolean> {
  if (tokens.takeIf('ATTRIBUTE_EXISTS')) return exists(tokens, true);
  if (tokens.takeIf('ATTRIBUTE_NOT_EXISTS')) return exists(tokens, false);
  if (tokens.takeIf('BEGINS_WITH')) {
    const [of, prefix] = inParentheses(tokens, pair);
    return (item, scope) => {
      const text = prefix(item, scope)?.S;
      return text !== undefined && of(item, scope)?.S?.startsWith(text) === true;
    };
  }
  const left = operand(tokens);
  if (tokens.takeIf('IN')) {
    const list = inParentheses(tokens, () => tokens.list(operand));
    return (item, scope) => list.some((one) => compare('=', left(item, scope), one(item, scope)));
  }
  const by = tokens.take(/^[=<>]/, 'a comparison');
  const right = operand(tokens);
  return (item, scope) => compare(by, left(item, scope), right(item, scope));
}

function inParentheses<T>(tokens: Tokens, parse: (tokens: Tokens) => T): T {
  tokens.expect('(');
  const inner = parse(tokens);
  tokens.expect(')');
  return inner;
}

function exists(tokens: Tokens, wanted: boolean): Run<boolean> {
  const path = inParentheses(tokens, name);
  return (item, scope) => (item[nameOf(path, scope)] !== undefined) === wanted;
}

function name(tokens: Tokens): string {
  return tokens.take(NAME, 'an attribute');
}

/** An attribute, `x` or `#x`, or a value, `:x`. */
function operand(tokens: Tokens): Run<AttributeValue | undefined> {
  if (VALUE.test(tokens.next)) {
    const placeholder = tokens.take(VALUE, 'a value');
    return (_, { values }) => values[placeholder];
  }
  const path = name(tokens);
  return (item, scope) => item[nameOf(path, scope)];
}

function pair(tokens: Tokens) {
  const first = operand(tokens);
  tokens.expect(',');
  return [first, operand(tokens)] as const;
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

type Action = { readonly path: string; readonly value: Run<AttributeValue | undefined> };

function update(tokens: Tokens): Run<Attributes> {
  const actions: Action[] = [];
  const clauses = new Map([
    ['SET', setting],
    ['REMOVE', (): Action => ({ path: name(tokens), value: () => undefined })],
    ['ADD', adding],
  ]);
  do {
    const clause = tokens.next.toUpperCase();
    const parse = clauses.get(clause);
    if (!parse) throw tokens.unknown('SET, REMOVE or ADD expected, each once');
    clauses.delete(clause);
    tokens.expect(clause);
    actions.push(...tokens.list(parse));
  } while (tokens.next !== 'the end');
  return (item, scope) => {
    const names = actions.map(({ path }) => nameOf(path, scope));
    if (new Set(names).size < names.length) throw validationError('Two document paths overlap with each other');
    // Every action sees the item as it was before.
    const changes = actions.map(({ value }, index) => [names[index] ?? '', value(item, scope)] as const);
    const result: Record<string, AttributeValue> = { ...item };
    for (const [attribute, value] of changes) {
      if (value) result[attribute] = value;
      else delete result[attribute];
    }
    return result;
  };
}

function setting(tokens: Tokens): Action {
  const path = name(tokens);
  tokens.expect('=');
  const left = term(tokens);
  if (!tokens.takeIf('+')) return { path, value: left };
  const right = term(tokens);
  return { path, value: (item, scope) => sum(left(item, scope), right(item, scope)) };
}

function adding(tokens: Tokens): Action {
  const path = name(tokens);
  const placeholder = tokens.take(VALUE, 'a value');
  return { path, value: (item, scope) => sum(item[nameOf(path, scope)] ?? { N: '0' }, scope.values[placeholder]) };
}

/** What may be set: it is there, or it is an error. */
function term(tokens: Tokens): Run<AttributeValue> {
  if (tokens.takeIf('LIST_APPEND')) {
    const [first, second] = inParentheses(tokens, () => {
      const left = term(tokens);
      tokens.expect(',');
      return [left, term(tokens)] as const;
    });
    return (item, scope) => {
      const [{ L: before }, { L: after }] = [first(item, scope), second(item, scope)];
      if (!before || !after) throw validationError('An operand in the update expression has an incorrect data type');
      return { L: [...before, ...after] };
    };
  }
  const value = tokens.takeIf('IF_NOT_EXISTS') ? firstOf(inParentheses(tokens, pair)) : operand(tokens);
  return (item, scope) => {
    const found = value(item, scope);
    if (!found) throw validationError('The expression refers to an attribute that does not exist in the item');
    return found;
  };
}

function firstOf([one, other]: ReturnType<typeof pair>): Run<AttributeValue | undefined> {
  return (item, scope) => one(item, scope) ?? other(item, scope);
}

function sum(one: AttributeValue | undefined, other: AttributeValue | undefined): AttributeValue {
  const [left, right] = [number(one?.N ?? 'none'), number(other?.N ?? 'none')];
  if (typeof left !== 'bigint' || typeof right !== 'bigint') {
    throw validationError('An operand in the update expression has an incorrect data type, or is no whole number');
  }
  return { N: String(left + right) };
}
