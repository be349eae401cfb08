import * as z from 'zod/mini';
import { InvalidRequestError } from '../core/errors.ts';
import { parseIdentity } from '../core/users/identity.ts';
import type { ChangedIdentity, Forwarder, NotFollowed, Notices, UnclearChange } from '../core/webhook/notice.ts';
import type { Received } from '../core/webhook/receive-webhook.ts';
import type { SignedPayload } from '../core/webhook/verify-signature.ts';
import type { Received as ReceivedAnswer } from '../openapi/webhook.ts';
import { type ApiRequest, isPhoneNumberId, readOnBehalfOf, readQuery } from './api-request.ts';
import { fieldName, readForwardedJson } from './body.ts';
import { requireNumbers } from './caller-numbers.ts';
import { readSystemMessage, readUserIdUpdate, system, userIdUpdate } from './identity-change.ts';
import { type ApiResponse, json } from './respond.ts';
import { list, maybe, text } from './webhook-fields.ts';

/** A user who hides their number has only ids for the business: `from` and `wa_id` are then absent. */
const contact = z.looseObject({ wa_id: text, user_id: text, parent_user_id: text });
const message = z.looseObject({
  from: text,
  from_user_id: text,
  from_parent_user_id: text,
  timestamp: text,
  type: text,
  system: maybe(system),
});
type Message = z.infer<typeof message>;
type Contact = z.infer<typeof contact>;

const conversation = { contacts: list(contact), messages: list(message) };
const value = z.looseObject({
  ...conversation,
  metadata: maybe(z.looseObject({ phone_number_id: text })),
  /** What users write while Meta's own agent answers them. */
  standby: maybe(z.looseObject(conversation)),
  user_id_update: list(userIdUpdate),
});
type Value = z.infer<typeof value>;
const payload = z.looseObject({
  object: z.literal('whatsapp_business_account', 'must be "whatsapp_business_account"'),
  entry: z.array(
    z.catch(z.nullable(z.looseObject({ changes: list(z.looseObject({ field: text, value: maybe(value) })) })), null),
    'must be the list of entries of a WhatsApp webhook payload',
  ),
});

/**
 * Fields of a webhook that are about the present. `history` has messages of the last six months in the same places, and its
 * news may be about a number that belongs to somebody else by now. Echoes are the business's own messages.
 */
const FIELDS: ReadonlySet<string | undefined> = new Set(['messages', 'standby', 'user_id_update', undefined]);

/**
 * A WhatsApp webhook payload in Meta's own shape, of any kind: who wrote to which number, and who has another number or id.
 * Everything else in it (statuses, other fields) is ignored. Source: Meta's webhook reference for `messages`.
 */
export function readWebhook(request: ApiRequest): Notices {
  readQuery(request);
  const parsed = payload.safeParse(readForwardedJson(request));
  if (!parsed.success) {
    const { path = [], message: problem = 'is malformed' } = parsed.error.issues[0] ?? {};
    throw new InvalidRequestError(`${fieldName(path)}: ${problem}`);
  }
  const byNumber = new Map<string, { senders: Set<string>; changes: ChangedIdentity[] }>();
  const notFollowed: NotFollowed[] = [];
  for (const change of parsed.data.entry.flatMap((entry) => entry?.changes ?? [])) {
    if (!change.value || !FIELDS.has(change.field)) continue;
    const phoneNumberId = change.value.metadata?.phone_number_id;
    const { senders, changes } = readValue(change.value);
    const clear = changes.filter((one) => 'from' in one);
    const unclear = changes.filter((one) => 'reason' in one);
    if (phoneNumberId === undefined || !isPhoneNumberId(phoneNumberId)) {
      for (const { action } of changes) notFollowed.push({ action, reason: 'no_phone_number_id' });
      continue;
    }
    const notice = byNumber.get(phoneNumberId) ?? { senders: new Set(), changes: [] };
    byNumber.set(phoneNumberId, notice);
    for (const id of senders) notice.senders.add(id);
    notice.changes.push(...clear);
    notFollowed.push(...unclear.map((one) => ({ phoneNumberId, ...one })));
  }
  requireNumbers(request, [...byNumber.keys()]);
  const numbers = [...byNumber].map(([phoneNumberId, { senders, changes }]) => ({
    phoneNumberId,
    senders: [...senders],
    changes,
  }));
  return { numbers, notFollowed };
}

function readValue({ standby, user_id_update, ...own }: Value): {
  senders: string[];
  changes: (ChangedIdentity | UnclearChange)[];
} {
  const senders: string[] = [];
  const changes = user_id_update.map(readUserIdUpdate);
  for (const { contacts, messages } of standby ? [own, standby] : [own]) {
    const known = contacts.map(contactIds);
    // Indexed by each of their ids: a batch may have as many contacts as messages.
    const byId = new Map(known.flatMap((all) => all.map((id) => [id, all] as const)));
    for (const one of messages) {
      const change = one.type === 'system' ? readSystemMessage(one) : undefined;
      if (change) changes.push(change);
      else senders.push(...sendersOf(one, known, byId));
    }
  }
  return { senders, changes };
}

/** Every id of the sender of a message: from its own fields, and from the contact that shares one with it. */
function sendersOf(
  { from, from_user_id, from_parent_user_id }: Message,
  contacts: readonly (readonly string[])[],
  byId: ReadonlyMap<string, readonly string[]>,
): string[] {
  const own = ids([from, from_user_id, from_parent_user_id]);
  // If a message names nobody, its payload has one contact, who wrote it.
  const only = own.length === 0 && contacts.length === 1 ? contacts[0] : undefined;
  const contact = own.map((id) => byId.get(id)).find((found) => found !== undefined) ?? only;
  return [...own, ...(contact ?? [])];
}

function contactIds({ wa_id, user_id, parent_user_id }: Contact): string[] {
  return ids([wa_id, user_id, parent_user_id]);
}

/** Users by the ids that are used here: digits, or a BSUID. Any other text names nobody. */
function ids(texts: readonly (string | undefined)[]): string[] {
  return texts.flatMap((one) => (one === undefined ? [] : (parseIdentity(one)?.id ?? [])));
}

/** Who forwarded the payload. */
export function readForwarder(request: ApiRequest): Forwarder {
  return { actor: request.actor, onBehalfOf: readOnBehalfOf(request) };
}

/** What the payload is verified with. */
export function readSignature(request: ApiRequest): SignedPayload {
  return { signature: request.headers.get('x-hub-signature-256'), body: request.body ?? '' };
}

/** The result of the payload: counts only, and no ids of users. */
export function webhookResponse({ notFollowed, ...counts }: Received): ApiResponse {
  const not_followed = notFollowed.map(({ phoneNumberId, ...more }) => ({ phone_number_id: phoneNumberId, ...more }));
  return json<ReceivedAnswer>(200, { ...counts, not_followed });
}
