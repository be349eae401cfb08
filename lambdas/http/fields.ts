import { InvalidRequestError } from '../core/errors.ts';
import type { ListedUser } from '../openapi/user.ts';
import type { ApiRequest } from './api-request.ts';
import { quoted } from './text.ts';

/** What `fields` can name on the list. */
const FIELDS = [
  'messaging_product',
  'wa_id',
  'user_id',
  'input',
  'reason',
  'blocked_at',
  'expires_at',
  'blocked_by',
  'source',
] as const satisfies readonly (keyof ListedUser)[];
export type Field = (typeof FIELDS)[number];

/** The list that Graph gives has these. */
const GRAPH_FIELDS: readonly Field[] = ['messaging_product', 'wa_id', 'user_id'];

/** `fields=a,b`; `undefined` stands for Graph's own fields. */
export function readFields(request: ApiRequest): readonly Field[] | undefined {
  const text = request.query.get('fields');
  if (text === undefined) return undefined;
  return text.split(',').map((name) => {
    const field = FIELDS.find((known) => known === name.trim());
    if (!field) throw new InvalidRequestError(`fields: ${quoted(name.trim(), 40)} is none of ${FIELDS.join(', ')}`);
    return field;
  });
}

/**
 * The named fields that the item has. With any, as Graph adds `id`, goes the id that the user is known by where none that they
 * have is named: who has only a BSUID would be `{}` under `fields=wa_id`.
 */
export function project(fields: readonly Field[] | undefined, item: Omit<ListedUser, 'messaging_product'>): ListedUser {
  const whole: ListedUser = { messaging_product: 'whatsapp', ...item };
  // A user with both ids is listed by wa_id alone unless asked for more, as Graph does.
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
