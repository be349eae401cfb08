import { receiveWebhook } from '../core/webhook/receive-webhook.ts';
import { verifySignature } from '../core/webhook/verify-signature.ts';
import { handle } from '../http/handle.ts';
import { readForwarder, readSignature, readWebhook, webhookResponse } from '../http/webhook-request.ts';
import { httpOptions } from '../runtime/composition/http.ts';
import { webhookDeps } from '../runtime/composition/scheduled.ts';

/** `POST /webhooks/whatsapp` */
export const handler = handle(httpOptions, async (request) => {
  const notices = readWebhook(request);
  const forwarder = readForwarder(request);
  const numbers = notices.numbers.map(({ phoneNumberId }) => phoneNumberId);
  const verdicts = await verifySignature(webhookDeps(), numbers, readSignature(request));
  return webhookResponse(await receiveWebhook(webhookDeps(), { ...notices, forwarder, verdicts }));
});
