import { type Attributes, type AttributeValue, attributes, type Input, record } from '../attributes.ts';
import { validationError } from '../errors.ts';
import type { Parsed } from './condition.ts';

/** What the placeholders of a request's expressions stand for. */
export interface Scope {
  readonly names: Readonly<Record<string, unknown>>;
  readonly values: Attributes;
}

const NOTHING = {};

export function scopeOf({ ExpressionAttributeNames: names, ExpressionAttributeValues: values }: Input): Scope {
  return {
    names: names === undefined ? NOTHING : record(names, 'ExpressionAttributeNames'),
    values: values === undefined ? NOTHING : attributes(values, 'ExpressionAttributeValues'),
  };
}

/** DynamoDB wants every placeholder defined, and every definition used by some expression of the request. */
export function checkPlaceholders(scope: Scope, ...expressions: readonly (Parsed<unknown> | undefined)[]): void {
  for (const expression of expressions) {
    for (const placeholder of expression?.placeholders ?? []) {
      if (scope.values[placeholder] === undefined && scope.names[placeholder] === undefined) {
        throw validationError(`An expression attribute used in an expression is not defined: ${placeholder}`);
      }
    }
  }
  const isUsed = (placeholder: string) => expressions.some((one) => one?.placeholders.has(placeholder));
  for (const defined of [scope.names, scope.values]) {
    for (const placeholder in defined) {
      if (!isUsed(placeholder)) throw validationError(`Unused in expressions: ${placeholder}`);
    }
  }
}

/** The attribute that `x` or `#x` stands for. */
export function nameOf(path: string, { names }: Scope): string {
  if (!path.startsWith('#')) return path;
  const name = names[path];
  if (typeof name !== 'string') throw validationError(`An expression attribute name is not defined: ${path}`);
  return name;
}

export function valueFor(placeholder: string, { values }: Scope): AttributeValue {
  const value = values[placeholder];
  if (value === undefined) throw validationError(`An expression attribute value is not defined: ${placeholder}`);
  return value;
}
