import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Authentication } from '../target/access.ts';

export interface HttpCall {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** The headers of a call, with what proves who makes it. */
export async function authenticated(call: HttpCall, how: Authentication): Promise<Record<string, string>> {
  const { method, url, headers, body } = call;
  if (how.kind === 'key') return { ...headers, authorization: `Bearer ${how.key}` };
  const signer = new SignatureV4({
    service: 'execute-api',
    region: how.region,
    credentials: how.credentials,
    sha256: Sha256,
  });
  const signed = await signer.sign({
    method,
    protocol: url.protocol,
    hostname: url.hostname,
    ...(url.port === '' ? {} : { port: Number(url.port) }),
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: { ...headers, host: url.host },
    ...(body === undefined ? {} : { body }),
  });
  const { host: _, ...rest } = signed.headers;
  return rest;
}
