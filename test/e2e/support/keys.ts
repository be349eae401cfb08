import { z } from 'zod';
import { type ApiAnswer, type ApiCall, callApi } from '../../../local/api-client.ts';
import { place } from './place.ts';
import { call, read } from './service.ts';

const madeKey = z.object({ id: z.string(), name: z.string(), key: z.string() });
export type MadeKey = z.infer<typeof madeKey>;

export interface KeyAsked {
  readonly name: string;
  readonly scopes: readonly string[];
  readonly phone_number_ids?: readonly string[];
  readonly expires_in?: number;
}

/** A key, made as the team that runs the service does. */
export async function makeKey(asked: KeyAsked): Promise<MadeKey> {
  return read(await call({ method: 'POST', path: '/keys', body: asked }), 201, madeKey);
}

export async function revokeKey({ id }: Pick<MadeKey, 'id'>): Promise<ApiAnswer> {
  return call({ method: 'DELETE', path: `/keys/${id}` });
}

/** A call of a client that sends a key, or nothing, and signs for nobody. */
export function callWithKey(key: string | undefined, request: Omit<ApiCall, 'signed'>): Promise<ApiAnswer> {
  const headers = { ...request.headers, ...(key !== undefined && { authorization: `Bearer ${key}` }) };
  return callApi({ apiUrl: place.stack.keyApiUrl }, { ...request, headers, signed: false });
}
