import * as z from 'zod/mini';
import { parseIdentity } from '../core/blocklist/identity.ts';
import { InvalidRequestError } from '../core/errors.ts';
import type { ChangedIdentity, NumberNotice } from '../core/webhook/notice.ts';
import type { Received } from '../core/webhook/receive-webhook.ts';
import type { SignedPayload } from '../core/webhook/verify-signature.ts';
import { type ApiRequest, isPhoneNumberId } from './api-request.ts';
import { readJson } from './body.ts';
import { requireNumbers } from './caller-numbers.ts';
import { type ApiResponse, json } from './respond.ts';

/** Anything but a text is none: one field that is unlike the rest must not cost the payload. */
const text = z.catch(z.optional(z.string()), undefined);

/** A user who hides their number has ids of the business only: `from` and `wa_id` are absent then. */
const contact = z.looseObject({ wa_id: text, user_id: text, parent_user_id: text });
const message = z.looseObject({
  from: text,
  from_user_id: text,
  from_parent_user_id: text,
  type: text,
  system: z.catch(
    z.optional(
      z.looseObject({
        type: text,
        body: text,
        wa_id: text,
        new_wa_id: text,
        user_id: text,
        previous_user_id: text,
        previous_parent_user_id: text,
      }),
    ),
    undefined,
  ),
});
type Message = z.infer<typeof message>;
type Contact = z.infer<typeof contact>;

const list = <T extends z.ZodMiniType>(item: T) => z.catch(z.optional(z.array(z.catch(z.nullable(item), null))), []);
const value = z.looseObject({
  metadata: z.catch(z.optional(z.looseObject({ phone_number_id: text })), undefined),
  contacts: list(contact),
  messages: list(message),
});
const payload = z.looseObject({
  object: z.literal('whatsapp_business_account', 'must be "whatsapp_business_account"'),
  entry: z.array(
    z.looseObject({ changes: list(z.looseObject({ field: text, value: z.catch(z.optional(value), undefined) })) }),
    'must be the list of entries of a WhatsApp webhook payload',
  ),
});

/**
 * A WhatsApp webhook payload in Meta's own shape, whatever it tells: who wrote to which number, and who has another number
 * or id. Everything else in it (statuses, other fields) is passed over. Source: Meta's webhook reference for `messages`.
 */
export function readWebhook(request: ApiRequest): NumberNotice[] {
  const parsed = payload.safeParse(readJson(request.body));
  if (!parsed.success) {
    const { path = [], message: problem = 'is malformed' } = parsed.error.issues[0] ?? {};
    throw new InvalidRequestError(`${path.join('.') || 'body'}: ${problem}`);
  }
  const byNumber = new Map<string, { senders: Set<string>; changes: ChangedIdentity[] }>();
  for (const change of parsed.data.entry.flatMap(({ changes }) => changes ?? [])) {
    const { metadata, contacts, messages } = change?.value ?? {};
    const phoneNumberId = metadata?.phone_number_id;
    if (phoneNumberId === undefined || !isPhoneNumberId(phoneNumberId)) continue;
    const notice = byNumber.get(phoneNumberId) ?? { senders: new Set(), changes: [] };
    byNumber.set(phoneNumberId, notice);
    const known = present(contacts).map(idsOf);
    // By each of their ids: a batch may have as many contacts as messages.
    const byId = new Map(known.flatMap((all) => all.map((id) => [id, all] as const)));
    for (const one of present(messages)) {
      const moved = one.type === 'system' ? changeOf(one) : undefined;
      if (moved) notice.changes.push(moved);
      else for (const id of sendersOf(one, known, byId)) notice.senders.add(id);
    }
  }
  requireNumbers(request, [...byNumber.keys()]);
  return [...byNumber].map(([phoneNumberId, { senders, changes }]) => ({
    phoneNumberId,
    senders: [...senders],
    changes,
  }));
}

function present<T>(items: readonly (T | null)[] | undefined): T[] {
  return (items ?? []).flatMap((item) => item ?? []);
}

/** Every id of a message's sender: its own fields, and those of the contact that shares one with it. */
function sendersOf(
  { from, from_user_id, from_parent_user_id }: Message,
  contacts: readonly (readonly string[])[],
  byId: ReadonlyMap<string, readonly string[]>,
): string[] {
  const own = ids([from, from_user_id, from_parent_user_id]);
  // Where a message names nobody, its payload has one contact, who wrote it.
  const only = own.length === 0 && contacts.length === 1 ? contacts[0] : undefined;
  const contact = own.map((id) => byId.get(id)).find((found) => found !== undefined) ?? only;
  return [...own, ...(contact ?? [])];
}

function idsOf({ wa_id, user_id, parent_user_id }: Contact): string[] {
  return ids([wa_id, user_id, parent_user_id]);
}

function changeOf({ from, from_user_id, from_parent_user_id, system }: Message): ChangedIdentity | undefined {
  const action = system?.type;
  if (!system || (action !== 'user_changed_number' && action !== 'user_changed_user_id')) return undefined;
  // `new_wa_id` before version 12 of Graph, `wa_id` since.
  const [waId] = ids([system.new_wa_id ?? system.wa_id]);
  const [userId] = ids([system.user_id]);
  const before = [from, system.previous_user_id, system.previous_parent_user_id, from_user_id, from_parent_user_id];
  const known = ids(before).filter((id) => id !== userId);
  // Payloads from before `previous_user_id` have the old id in their text only.
  const told = / changed from (\S+) to /.exec(system.body ?? '')?.[1];
  return { action, from: known.length > 0 ? known : ids([told]), waId, userId };
}

/** Users as they are known here: digits, or a BSUID. What is neither names nobody. */
function ids(texts: readonly (string | undefined)[]): string[] {
  return texts.flatMap((one) => (one === undefined ? [] : (parseIdentity(one)?.id ?? [])));
}

/** What a payload is verified by. */
export function readSignature(request: ApiRequest): SignedPayload {
  return { signature: request.headers.get('x-hub-signature-256'), body: request.body ?? '' };
}

/** What came of the payload: counts only. */
export function webhookResponse(received: Received): ApiResponse {
  return json(200, received);
}
