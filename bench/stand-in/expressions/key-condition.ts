import { validationError } from '../errors.ts';
import { behind, type KeyNames, keyText } from '../keys.ts';
import type { Condition, Operand } from './condition.ts';
import { nameOf, type Scope, valueFor } from './scope.ts';

/** A stretch of one partition: from the first place not before `low` to the last before `high`. */
export interface KeyRange {
  readonly hash: string;
  readonly low: string;
  readonly high: string;
}

/** Behind every text that a key can be. */
const LAST = '\uffff';

/** What a key condition asks for: a partition, and at most one condition on the sort key. */
export function keyRange(condition: Condition, keys: KeyNames, scope: Scope): KeyRange {
  const parts = condition.kind === 'and' ? condition.all : [condition];
  const isHash = (part: Condition) =>
    part.kind === 'compare' && part.by === '=' && isPath(part.left, keys.hash, scope) && part.right.kind === 'value';
  const [hash, ...more] = parts.filter(isHash);
  const [range, ...others] = parts.filter((part) => !isHash(part));
  if (hash?.kind !== 'compare' || more.length > 0) {
    throw validationError(`Query condition missed key schema element: ${keys.hash}`);
  }
  if (others.length > 0) throw validationError('Query key condition not supported: too many conditions');
  const partition = keyText(valueFor(hash.right.name, scope), keys.hash);
  return { hash: partition, ...(range ? stretch(range, keys.range, scope) : { low: '', high: LAST }) };
}

function stretch(part: Condition, name: string, scope: Scope): { low: string; high: string } {
  const text = (operand: Operand) => {
    if (operand.kind !== 'value') throw validationError('Query key condition not supported: a value expected');
    return keyText(valueFor(operand.name, scope), name);
  };
  if (part.kind === 'compare' && isPath(part.left, name, scope)) {
    const value = text(part.right);
    if (part.by === '=') return { low: value, high: behind(value) };
    if (part.by === '<') return { low: '', high: value };
    if (part.by === '<=') return { low: '', high: behind(value) };
    if (part.by === '>') return { low: behind(value), high: LAST };
    if (part.by === '>=') return { low: value, high: LAST };
  }
  if (part.kind === 'between' && isPath(part.operand, name, scope)) {
    const [low, high] = [text(part.low), text(part.high)];
    if (low > high) {
      throw validationError('The BETWEEN operator requires upper bound to be greater than or equal to lower bound');
    }
    return { low, high: behind(high) };
  }
  if (part.kind === 'begins' && isPath(part.operand, name, scope)) {
    const prefix = text(part.prefix);
    return { low: prefix, high: prefix + LAST };
  }
  throw validationError(`Query key condition not supported: ${part.kind} on another attribute than ${name}`);
}

function isPath({ kind, name }: Operand, wanted: string, scope: Scope): boolean {
  return kind === 'path' && nameOf(name, scope) === wanted;
}
