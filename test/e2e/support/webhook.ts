import { createHmac } from 'node:crypto';
import type { ApiAnswer } from '../../../local/api-client.ts';
import { call } from './service.ts';

/** A message of WhatsApp's webhook, as far as anybody here reads it. */
type Message = Readonly<Record<string, unknown>>;

export interface Forwarded {
  readonly messages: readonly Message[];
  readonly contacts?: readonly Readonly<Record<string, unknown>>[];
  /** App secret to sign with; unsigned without one. */
  readonly appSecret?: string;
}

/** What WhatsApp tells a team's receiver, forwarded as it is. */
export function forward(phoneNumberId: string, { messages, contacts, appSecret }: Forwarded): Promise<ApiAnswer> {
  const body = {
    object: 'whatsapp_business_account',
    entry: [
      {
        id: '102290129340398',
        changes: [
          {
            field: 'messages',
            value: {
              messaging_product: 'whatsapp',
              metadata: { display_phone_number: '15550783881', phone_number_id: phoneNumberId },
              ...(contacts && { contacts }),
              messages,
            },
          },
        ],
      },
    ],
  };
  const signature = appSecret && createHmac('sha256', appSecret).update(JSON.stringify(body)).digest('hex');
  return call({
    method: 'POST',
    path: '/webhooks/whatsapp',
    body,
    ...(signature && { headers: { 'X-Hub-Signature-256': `sha256=${signature}` } }),
  });
}

/** A text message of a user. */
export function text(from: Readonly<Record<string, string>>): Message {
  return { ...from, id: 'wamid.HBgL', timestamp: '1739321024', type: 'text', text: { body: 'Hello' } };
}
