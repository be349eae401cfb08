import { createHmac, timingSafeEqual } from 'node:crypto';
import type { SignedPayload } from '../core/webhook/verify-signature.ts';

/** Whether the payload is signed by the app secret, as Meta signs: `sha256=` and the HMAC of the body, in hexadecimal. */
export function isSignedBy(secret: string, { signature = '', body }: SignedPayload): boolean {
  const expected = Buffer.from(`sha256=${createHmac('sha256', secret).update(body).digest('hex')}`);
  const given = Buffer.from(signature.trim());
  return given.length === expected.length && timingSafeEqual(given, expected);
}
