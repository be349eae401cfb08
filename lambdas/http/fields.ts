import { USER_FIELDS } from '../contract/list-fields.ts';
import { InvalidRequestError } from '../core/errors.ts';
import type { ListedUser } from '../openapi/user.ts';
import type { ApiRequest } from './api-request.ts';
import { quoted } from './text.ts';

/** The fields that `fields` can select in the list. */
const FIELDS = ['messaging_product', ...USER_FIELDS] as const satisfies readonly (keyof ListedUser)[];
export type Field = (typeof FIELDS)[number];

/** The fields that Graph's own list has. */
const GRAPH_FIELDS: readonly Field[] = ['messaging_product', 'wa_id', 'user_id'];

/** `fields=a,b`; `undefined` means Graph's own fields. */
export function readFields(request: ApiRequest): readonly Field[] | undefined {
  const text = request.query.get('fields');
  if (text === undefined) return undefined;
  return text.split(',').map((name) => {
    const field = FIELDS.find((known) => known === name.trim());
    if (!field) throw new InvalidRequestError(`fields: ${quoted(name.trim(), 40)} is not one of ${FIELDS.join(', ')}`);
    return field;
  });
}

/**
 * The selected fields that the item has. If none of the user's ids is selected, the id by which the user is known is added,
 * as Graph adds `id`. Otherwise a user with only a BSUID would be `{}` with `fields=wa_id`.
 */
export function project(fields: readonly Field[] | undefined, item: Omit<ListedUser, 'messaging_product'>): ListedUser {
  const whole: ListedUser = { messaging_product: 'whatsapp', ...item };
  // A user with both ids is listed with the wa_id alone unless more is selected, as in Graph.
  const id: Field = whole.wa_id === undefined ? 'user_id' : 'wa_id';
  const wanted = fields ?? GRAPH_FIELDS.filter((field) => field !== 'user_id' || field === id);
  const hasId = wanted.some((field) => (field === 'wa_id' || field === 'user_id') && whole[field] !== undefined);
  const projected: ListedUser = {};
  for (const field of hasId ? wanted : [...wanted, id]) copy(field, whole, projected);
  return projected;
}

function copy<F extends Field>(field: F, from: ListedUser, to: ListedUser): void {
  if (from[field] !== undefined) to[field] = from[field];
}
