import * as z from 'zod/mini';
import type { IdentityChange } from '../core/history/audit-event.ts';
import { isoTime } from '../core/iso-time.ts';
import { type Identity, parseIdentity } from '../core/users/identity.ts';
import type { ChangedIdentity, UnclearChange } from '../core/webhook/notice.ts';
import { id, maybe, text } from './webhook-fields.ts';

/**
 * News of another number or id, under every name that Meta has used. A new security code (`customer_identity_changed`,
 * `user_identity_changed`) is no such news: the user keeps their number and ids.
 */
const ACTIONS = new Map<string, IdentityChange>([
  ['user_changed_number', 'user_changed_number'],
  ['customer_changed_number', 'user_changed_number'],
  ['user_changed_user_id', 'user_changed_user_id'],
]);

const numbers = z.looseObject({ old_wa_id: text, previous_wa_id: text, new_wa_id: text, wa_id: text });
/** A name, or flags with the names that are true. */
const names = z.catch(
  z.union([
    z.pipe(
      z.string(),
      z.transform((name) => [name]),
    ),
    z.pipe(
      z.record(z.string(), z.unknown()),
      z.transform((flags) => Object.keys(flags).filter((name) => flags[name] === true)),
    ),
  ]),
  [],
);

/**
 * `system` of a message. The new number is `wa_id`, or `new_wa_id` before version 12 of Graph. The old one is `from` of the
 * message, or `customer`; some SDKs have an object with both. `previous_…` exists since August 2026. `body` quotes the name
 * that the user chose, so nothing is ever read from there.
 */
export const system = z.looseObject({
  ...numbers.shape,
  type: names,
  customer: maybe(z.union([id, numbers])),
  customer_changed_number: maybe(numbers),
  user_changed_number: maybe(numbers),
  user_id: text,
  new_user_id: text,
  previous_user_id: text,
  previous_parent_user_id: text,
});

const before = maybe(z.looseObject({ previous: text, current: text }));
/** An item of the field `user_id_update`, which Meta documented until August 2026. */
export const userIdUpdate = z.looseObject({
  ...numbers.shape,
  user_id: before,
  parent_user_id: before,
  timestamp: text,
});

export interface SystemMessage {
  readonly from?: string | undefined;
  readonly from_user_id?: string | undefined;
  readonly from_parent_user_id?: string | undefined;
  readonly timestamp?: string | undefined;
  readonly system?: z.infer<typeof system> | undefined;
}

/** What a system message says about its user's ids; `undefined` if it is about something else. */
export function readSystemMessage(message: SystemMessage): ChangedIdentity | UnclearChange | undefined {
  const { system } = message;
  const action = system?.type.map((name) => ACTIONS.get(name)).find((known) => known !== undefined);
  if (!system || !action) return undefined;
  const customer = typeof system.customer === 'string' ? { old_wa_id: system.customer } : system.customer;
  const pairs = [system, customer, system.customer_changed_number, system.user_changed_number];
  return readIdentityChange(action, {
    timestamp: message.timestamp,
    before: [
      message.from,
      ...pairs.flatMap((pair) => [pair?.old_wa_id, pair?.previous_wa_id]),
      system.previous_user_id,
      system.previous_parent_user_id,
      message.from_user_id,
      message.from_parent_user_id,
    ],
    after: [...pairs.flatMap((pair) => [pair?.new_wa_id, pair?.wa_id]), system.user_id, system.new_user_id],
  });
}

export function readUserIdUpdate(update: z.infer<typeof userIdUpdate>): ChangedIdentity | UnclearChange {
  const { old_wa_id, previous_wa_id, new_wa_id, wa_id, user_id, parent_user_id, timestamp } = update;
  return readIdentityChange('user_changed_user_id', {
    timestamp,
    before: [old_wa_id, previous_wa_id, user_id?.previous, parent_user_id?.previous],
    after: [new_wa_id, wa_id, user_id?.current],
  });
}

interface ChangedIds {
  readonly timestamp: string | undefined;
  readonly before: readonly (string | undefined)[];
  readonly after: readonly (string | undefined)[];
}

function readIdentityChange(action: IdentityChange, ids: ChangedIds): ChangedIdentity | UnclearChange {
  const after = identities(ids.after);
  const named = identities(ids.before);
  // Some events name the sender by their new id.
  const old = named.filter((one) => !after.some((other) => other.id === one.id));
  if (isContradictory(old) || isContradictory(after)) return { action, reason: 'contradictory_ids' };
  const waId = after.find(({ kind }) => kind === 'phone')?.id;
  const userId = after.find(({ kind }) => kind === 'bsuid')?.id;
  if (waId === undefined && userId === undefined) return { action, reason: 'no_new_id' };
  // If no other number is named, the number of the user stayed the same.
  const stays = !old.some(({ kind }) => kind === 'phone') && userId !== undefined ? waId : undefined;
  const from = named.filter((one) => old.includes(one) || one.id === stays).map((one) => one.id);
  if (from.length === 0) return { action, reason: 'no_old_id' };
  const at = readTimestamp(ids.timestamp);
  return at === undefined ? { action, reason: 'no_timestamp' } : { action, at, from, waId, userId };
}

/** Meta writes times as seconds since 1970. */
function readTimestamp(timestamp: string | undefined): string | undefined {
  if (timestamp === undefined || !/^\d{1,10}$/.test(timestamp)) return undefined;
  return isoTime(Number(timestamp) * 1000);
}

/** Users by the ids that are used here, without duplicates. A text that is neither a number nor a BSUID names nobody. */
function identities(texts: readonly (string | undefined)[]): Identity[] {
  const found = texts.flatMap((one) => (one === undefined ? [] : (parseIdentity(one) ?? [])));
  return [...new Map(found.map((one) => [one.id, one])).values()];
}

/** A number, a BSUID and its parent may belong to one user. Two ids of one kind do not. */
function isContradictory(ids: readonly Identity[]): boolean {
  const kinds = ids.map(({ kind, id }) => (kind === 'bsuid' && id.includes('.ENT.') ? 'parent' : kind));
  return new Set(kinds).size < kinds.length;
}
