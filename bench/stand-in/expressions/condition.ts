import { Tokens } from './tokenizer.ts';

/** An attribute, `x` or `#x`, or a value, `:x`. */
export type Operand = { readonly kind: 'path' | 'value'; readonly name: string };

export type Comparator = '=' | '<>' | '<' | '<=' | '>' | '>=';

export type Condition =
  | { readonly kind: 'compare'; readonly by: Comparator; readonly left: Operand; readonly right: Operand }
  | { readonly kind: 'between'; readonly operand: Operand; readonly low: Operand; readonly high: Operand }
  | { readonly kind: 'in'; readonly operand: Operand; readonly list: readonly Operand[] }
  | { readonly kind: 'and' | 'or'; readonly all: readonly Condition[] }
  | { readonly kind: 'not'; readonly of: Condition }
  | { readonly kind: 'exists'; readonly path: string; readonly wanted: boolean }
  | { readonly kind: 'begins'; readonly operand: Operand; readonly prefix: Operand };

/** What was parsed, and what it makes use of. */
export interface Parsed<T> {
  readonly tree: T;
  readonly placeholders: ReadonlySet<string>;
  readonly paths: ReadonlySet<string>;
}

/** Condition, filter and key-condition expressions. */
export function parseCondition(expression: string): Parsed<Condition> {
  const tokens = new Tokens(expression);
  const tree = disjunction(tokens);
  tokens.end();
  return { tree, placeholders: tokens.placeholders, paths: tokens.paths };
}

function disjunction(tokens: Tokens): Condition {
  const first = conjunction(tokens);
  const all = [first];
  while (tokens.takeIf('OR')) all.push(conjunction(tokens));
  return all.length === 1 ? first : { kind: 'or', all };
}

function conjunction(tokens: Tokens): Condition {
  const first = negation(tokens);
  const all = [first];
  while (tokens.takeIf('AND')) all.push(negation(tokens));
  return all.length === 1 ? first : { kind: 'and', all };
}

function negation(tokens: Tokens): Condition {
  if (tokens.takeIf('NOT')) return { kind: 'not', of: negation(tokens) };
  if (tokens.takeIf('(')) {
    const inner = disjunction(tokens);
    tokens.expect(')');
    return inner;
  }
  return predicate(tokens);
}

function predicate(tokens: Tokens): Condition {
  for (const [name, wanted] of EXISTENCE) {
    if (!tokens.takeIf(name)) continue;
    tokens.expect('(');
    const path = tokens.path();
    tokens.expect(')');
    return { kind: 'exists', path, wanted };
  }
  if (tokens.takeIf('BEGINS_WITH')) {
    tokens.expect('(');
    const of = operand(tokens);
    tokens.expect(',');
    const prefix = operand(tokens);
    tokens.expect(')');
    return { kind: 'begins', operand: of, prefix };
  }
  const left = operand(tokens);
  if (tokens.takeIf('BETWEEN')) {
    const low = operand(tokens);
    tokens.expect('AND');
    return { kind: 'between', operand: left, low, high: operand(tokens) };
  }
  if (tokens.takeIf('IN')) return { kind: 'in', operand: left, list: operands(tokens) };
  return { kind: 'compare', by: comparator(tokens), left, right: operand(tokens) };
}

const EXISTENCE = [
  ['ATTRIBUTE_EXISTS', true],
  ['ATTRIBUTE_NOT_EXISTS', false],
] as const;

function operands(tokens: Tokens): Operand[] {
  tokens.expect('(');
  const list = [operand(tokens)];
  while (tokens.takeIf(',')) list.push(operand(tokens));
  tokens.expect(')');
  return list;
}

export function operand(tokens: Tokens): Operand {
  if (tokens.next.kind === 'value') return { kind: 'value', name: tokens.value() };
  return { kind: 'path', name: tokens.path() };
}

/** What follows a word that is no attribute, such as a function that is not known, ends up here. */
function comparator(tokens: Tokens): Comparator {
  for (const by of COMPARATORS) if (tokens.takeIf(by)) return by;
  throw tokens.unknown('a comparison expected');
}

const COMPARATORS = ['=', '<>', '<=', '<', '>=', '>'] as const;
