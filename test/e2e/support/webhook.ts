import { createHmac } from 'node:crypto';
import type { ApiAnswer } from '../../../local/api-client.ts';
import { webhookPayload } from '../../../local/webhook-payload.ts';
import { call } from './service.ts';

type Payload = Parameters<typeof webhookPayload>[1];

export interface Forwarded extends Payload {
  /** App secret to sign with; unsigned without one. */
  readonly appSecret?: string;
}

/** What WhatsApp tells a team's receiver, forwarded as it is. */
export function forward(phoneNumberId: string, { appSecret, ...told }: Forwarded): Promise<ApiAnswer> {
  const body = webhookPayload(phoneNumberId, told);
  const signature = appSecret && createHmac('sha256', appSecret).update(JSON.stringify(body)).digest('hex');
  return call({
    method: 'POST',
    path: '/webhooks/whatsapp',
    body,
    ...(signature && { headers: { 'X-Hub-Signature-256': `sha256=${signature}` } }),
  });
}
