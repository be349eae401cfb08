import { createHmac } from 'node:crypto';
import type { GraphError } from './graph-errors.ts';
import type { Options } from './options.ts';

export interface Caller {
  authorization: string | undefined;
  /** `appsecret_proof` of the query. */
  proof: string | null;
  phoneNumberId: string;
}

/** Why the caller may not use the phone number id, in Graph's order: token, proof, id. Undefined when it may. */
export function refuseAccess(caller: Caller, options: Options, now: number): GraphError | undefined {
  const { phoneNumberId } = caller;
  const token = /^Bearer\s+(\S+)$/i.exec(caller.authorization ?? '')?.[1];
  if (token === undefined) return { code: 104 };

  const accepted = options.numbers[phoneNumberId]?.tokens ?? options.tokens;
  const known = accepted.find((one) => (typeof one === 'string' ? one : one.token) === token);
  if (known === undefined) return { code: 190, subcode: options.invalidTokenSubcode ?? undefined };
  const expiresAt = typeof known === 'string' ? undefined : known.expiresAt;
  if (expiresAt !== undefined && now >= expiresAt) return { code: 190, subcode: 463 };

  if (options.appSecret !== null) {
    if (caller.proof === null) return { code: 100, text: 'The param appsecret_proof is required' };
    const proof = createHmac('sha256', options.appSecret).update(token).digest('hex');
    if (caller.proof !== proof) return { code: 100, text: 'Invalid appsecret_proof' };
  }

  const exists = options.phoneNumberIds?.includes(phoneNumberId) ?? /^\d+$/.test(phoneNumberId);
  if (exists) return undefined;
  return { code: 100, subcode: 33, text: 'Object does not exist, or the token lacks permission for it' };
}
