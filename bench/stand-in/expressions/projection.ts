import type { Attributes, AttributeValue } from '../attributes.ts';
import type { Parsed } from './condition.ts';
import { nameOf, type Scope } from './scope.ts';
import { Tokens } from './tokenizer.ts';

/** Attributes, separated by commas. */
export function parseProjection(expression: string): Parsed<readonly string[]> {
  const tokens = new Tokens(expression);
  const tree = [tokens.path()];
  while (tokens.takeIf(',')) tree.push(tokens.path());
  tokens.end();
  return { tree, placeholders: tokens.placeholders, paths: tokens.paths };
}

export function projected(item: Attributes, paths: readonly string[], scope: Scope): Attributes {
  const kept: Record<string, AttributeValue> = {};
  for (const path of paths) {
    const name = nameOf(path, scope);
    const value = item[name];
    if (value !== undefined) kept[name] = value;
  }
  return kept;
}
