import type { ApiAnswer } from '../../../local/api-client.ts';
import { hubSignature, LOCAL_APP_SECRET, webhookPayload } from '../../../local/webhook-payload.ts';
import { call } from './service.ts';

type Payload = Parameters<typeof webhookPayload>[1];

export interface Forwarded extends Payload {
  /** App secret that signs it, in place of the stack's; unsigned if it is `null`. */
  readonly appSecret?: string | null;
  readonly onBehalfOf?: string;
}

/** What WhatsApp sends to a team's receiver, forwarded unchanged. */
export function forward(phoneNumberId: string, { appSecret, onBehalfOf, ...recorded }: Forwarded): Promise<ApiAnswer> {
  const body = webhookPayload(phoneNumberId, recorded);
  const signature = appSecret === null ? undefined : hubSignature(body, appSecret ?? LOCAL_APP_SECRET);
  const headers = {
    ...(signature && { 'X-Hub-Signature-256': signature }),
    ...(onBehalfOf && { 'X-On-Behalf-Of': onBehalfOf }),
  };
  return call({ method: 'POST', path: '/webhooks/whatsapp', body, headers });
}
