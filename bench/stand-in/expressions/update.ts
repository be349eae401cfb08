import type { Attributes, AttributeValue } from '../attributes.ts';
import { validationError } from '../errors.ts';
import { wholeNumber } from './compare.ts';
import { type Operand, operand, type Parsed } from './condition.ts';
import { read } from './evaluate.ts';
import { nameOf, type Scope, valueFor } from './scope.ts';
import { Tokens } from './tokenizer.ts';

type Term =
  | Operand
  | { readonly kind: 'if_not_exists'; readonly path: string; readonly otherwise: Term }
  | { readonly kind: 'list_append'; readonly first: Term; readonly second: Term };

type Action =
  | {
      readonly kind: 'set';
      readonly path: string;
      readonly left: Term;
      readonly sign: -1 | 0 | 1;
      readonly right?: Term;
    }
  | { readonly kind: 'remove'; readonly path: string }
  | { readonly kind: 'add'; readonly path: string; readonly value: string };

/** `SET`, `REMOVE` and `ADD`, each once. */
export function parseUpdate(expression: string): Parsed<readonly Action[]> {
  const tokens = new Tokens(expression);
  const tree: Action[] = [];
  const clauses = new Map([
    ['SET', setAction],
    ['REMOVE', removeAction],
    ['ADD', addAction],
  ]);
  while (tokens.next.kind !== 'end') {
    const clause = tokens.take().text.toUpperCase();
    const parse = clauses.get(clause);
    if (!parse) throw tokens.unknown('SET, REMOVE or ADD expected, each once', clause);
    clauses.delete(clause);
    do tree.push(parse(tokens));
    while (tokens.takeIf(','));
  }
  if (tree.length === 0) throw tokens.unknown('a clause expected');
  return { tree, placeholders: tokens.placeholders, paths: tokens.paths };
}

function setAction(tokens: Tokens): Action {
  const path = tokens.path();
  tokens.expect('=');
  const left = term(tokens);
  if (tokens.takeIf('+')) return { kind: 'set', path, left, sign: 1, right: term(tokens) };
  if (tokens.takeIf('-')) return { kind: 'set', path, left, sign: -1, right: term(tokens) };
  return { kind: 'set', path, left, sign: 0 };
}

function term(tokens: Tokens): Term {
  if (tokens.takeIf('LIST_APPEND')) {
    tokens.expect('(');
    const first = term(tokens);
    tokens.expect(',');
    const second = term(tokens);
    tokens.expect(')');
    return { kind: 'list_append', first, second };
  }
  if (!tokens.takeIf('IF_NOT_EXISTS')) return operand(tokens);
  tokens.expect('(');
  const path = tokens.path();
  tokens.expect(',');
  const otherwise = term(tokens);
  tokens.expect(')');
  return { kind: 'if_not_exists', path, otherwise };
}

function removeAction(tokens: Tokens): Action {
  return { kind: 'remove', path: tokens.path() };
}

function addAction(tokens: Tokens): Action {
  return { kind: 'add', path: tokens.path(), value: tokens.value() };
}

/** A new item: what the update makes of one, or of its bare key. Every action sees the item as it was before. */
export function updated(actions: readonly Action[], item: Attributes, scope: Scope): Attributes {
  const result: Record<string, AttributeValue> = { ...item };
  const changed = new Set<string>();
  for (const action of actions) {
    const name = nameOf(action.path, scope);
    if (changed.has(name)) throw validationError(`Two document paths overlap with each other: ${name}`);
    changed.add(name);
    if (action.kind === 'remove') delete result[name];
    else if (action.kind === 'set') result[name] = valueToSet(action, item, scope);
    else result[name] = sum(item[name] ?? ZERO, valueFor(action.value, scope), 1);
  }
  return result;
}

const ZERO = { N: '0' };

function valueToSet(action: Extract<Action, { kind: 'set' }>, item: Attributes, scope: Scope): AttributeValue {
  const left = evaluate(action.left, item, scope);
  if (action.sign === 0 || action.right === undefined) return left;
  return sum(left, evaluate(action.right, item, scope), action.sign);
}

function evaluate(value: Term, item: Attributes, scope: Scope): AttributeValue {
  if (value.kind === 'if_not_exists') {
    return item[nameOf(value.path, scope)] ?? evaluate(value.otherwise, item, scope);
  }
  if (value.kind === 'list_append') {
    return { L: [...listOf(value.first, item, scope), ...listOf(value.second, item, scope)] };
  }
  const found = read(value, item, scope);
  if (!found) throw validationError('The provided expression refers to an attribute that does not exist in the item');
  return found;
}

function listOf(value: Term, item: Attributes, scope: Scope): readonly AttributeValue[] {
  const { L: list } = evaluate(value, item, scope);
  if (!list) throw validationError('An operand in the update expression has an incorrect data type');
  return list;
}

function sum({ N: left }: AttributeValue, { N: right }: AttributeValue, sign: -1 | 1): AttributeValue {
  return { N: String(wholeNumber(left) + BigInt(sign) * wholeNumber(right)) };
}
