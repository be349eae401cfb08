import { createHmac } from 'node:crypto';

/** The app secret in the token secret of a local stack; obviously no real one. */
export const LOCAL_APP_SECRET = 'local-app-secret';

type Fields = Readonly<Record<string, unknown>>;

/** What WhatsApp sends to the receiver of a number, in Meta's shape, as far as the service reads it. */
export function webhookPayload(
  phoneNumberId: string,
  { messages, contacts }: { readonly messages: readonly Fields[]; readonly contacts?: readonly Fields[] | undefined },
) {
  const value = {
    messaging_product: 'whatsapp',
    metadata: { display_phone_number: '15550783881', phone_number_id: phoneNumberId },
    ...(contacts && { contacts }),
    messages,
  };
  return {
    object: 'whatsapp_business_account',
    entry: [{ id: '102290129340398', changes: [{ field: 'messages', value }] }],
  };
}

/** A text message of a user, who is named by `from`, or by `from_user_id` if they hide their number. */
export function textMessage(from: Readonly<Record<string, string>>): Fields {
  return { ...from, id: 'wamid.HBgL', timestamp: '1739321024', type: 'text', text: { body: 'Hi' } };
}

/** The news that a user has another number or id. Dated now, since old news is not followed. */
export function systemMessage(from: Readonly<Record<string, string>>, system: Fields): Fields {
  const timestamp = String(Math.floor(Date.now() / 1000));
  return { ...from, id: 'wamid.HBgM', timestamp, type: 'system', system };
}

/** `X-Hub-Signature-256` as Meta sends it with this body, which must be forwarded unchanged. */
export function hubSignature(body: unknown, appSecret: string = LOCAL_APP_SECRET): string {
  return `sha256=${createHmac('sha256', appSecret).update(JSON.stringify(body)).digest('hex')}`;
}
