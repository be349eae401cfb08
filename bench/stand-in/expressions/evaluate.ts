import type { Attributes, AttributeValue } from '../attributes.ts';
import { isEqual, order } from './compare.ts';
import type { Comparator, Condition, Operand } from './condition.ts';
import { nameOf, type Scope, valueFor } from './scope.ts';

const NO_ITEM: Attributes = {};

/** Whether the condition holds for an item, or for none. */
export function holds(condition: Condition, item: Attributes | undefined, scope: Scope): boolean {
  return evaluate(condition, item ?? NO_ITEM, scope);
}

function evaluate(condition: Condition, item: Attributes, scope: Scope): boolean {
  switch (condition.kind) {
    case 'and':
      return condition.all.every((one) => evaluate(one, item, scope));
    case 'or':
      return condition.all.some((one) => evaluate(one, item, scope));
    case 'not':
      return !evaluate(condition.of, item, scope);
    case 'exists':
      return (item[nameOf(condition.path, scope)] !== undefined) === condition.wanted;
    case 'compare':
      return compare(condition.by, read(condition.left, item, scope), read(condition.right, item, scope));
    case 'between': {
      const value = read(condition.operand, item, scope);
      return (
        compare('>=', value, read(condition.low, item, scope)) &&
        compare('<=', value, read(condition.high, item, scope))
      );
    }
    case 'in': {
      const value = read(condition.operand, item, scope);
      return condition.list.some((one) => compare('=', value, read(one, item, scope)));
    }
    case 'begins': {
      const prefix = read(condition.prefix, item, scope)?.S;
      return prefix !== undefined && read(condition.operand, item, scope)?.S?.startsWith(prefix) === true;
    }
  }
}

export function read(operand: Operand, item: Attributes, scope: Scope): AttributeValue | undefined {
  return operand.kind === 'value' ? valueFor(operand.name, scope) : item[nameOf(operand.name, scope)];
}

/** An attribute that is not there is unlike every value, and neither before nor behind one. */
function compare(by: Comparator, left: AttributeValue | undefined, right: AttributeValue | undefined): boolean {
  if (left === undefined || right === undefined) return by === '<>';
  if (by === '=') return isEqual(left, right);
  if (by === '<>') return !isEqual(left, right);
  const found = order(left, right);
  if (found === undefined) return false;
  if (by === '<') return found < 0;
  if (by === '<=') return found <= 0;
  if (by === '>') return found > 0;
  return found >= 0;
}
