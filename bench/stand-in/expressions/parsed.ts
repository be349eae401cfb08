import { text } from '../attributes.ts';
import { cached } from './cached.ts';
import { type Parsed, parseCondition } from './condition.ts';
import { parseProjection } from './projection.ts';
import { parseUpdate } from './update.ts';

const optional = <T>(parse: (expression: string) => Parsed<T>, what: string) => {
  const parseOnce = cached(parse);
  return (expression: unknown): Parsed<T> | undefined =>
    expression === undefined ? undefined : parseOnce(text(expression, what));
};

export const condition = optional(parseCondition, 'A condition, filter or key condition');
export const update = optional(parseUpdate, 'UpdateExpression');
export const projection = optional(parseProjection, 'ProjectionExpression');
