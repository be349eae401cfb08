import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** The header in which the page sends the secret. A page of another site cannot send it without being asked for leave, and gets none. */
export const SECRET_HEADER = 'x-console-secret';

/**
 * What every answer has: nothing is stored, shown in a frame, loaded from elsewhere, or read by another site; and no address
 * goes anywhere.
 */
export const SECURITY_HEADERS = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "img-src 'self'",
    "form-action 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
} as const;

/** Why a request is none of this console's page: another host's name leads here (DNS rebinding), or another site sends it. */
export function foreignRequest({ host, origin }: IncomingHttpHeaders, port: number): string | undefined {
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  if (host === undefined || !hosts.includes(host)) return 'Host: must be the address of this console';
  if (origin !== undefined && origin !== `http://${host}`) return 'Origin: must be this console';
  return undefined;
}

/** Compares in a time that says nothing about the secret. */
export function hasSecret(headers: IncomingHttpHeaders, secret: string): boolean {
  const given = headers[SECRET_HEADER];
  return typeof given === 'string' && timingSafeEqual(digest(given), digest(secret));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
