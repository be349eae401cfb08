import { createHmac } from 'node:crypto';
import type { GraphError } from './graph-errors.ts';
import type { Options, Token } from './options.ts';
import type { SimulatorState } from './state.ts';

export interface Caller {
  authorization: string | undefined;
  /** `appsecret_proof` of the query. */
  proof: string | null;
}

/** What decides about a caller. */
type Deciding = Pick<SimulatorState, 'options' | 'clock'>;

/** Why the caller may not use the phone number id, in Graph's order: token, proof, id. Undefined when it may. */
export function refuseAccess(caller: Caller, phoneNumberId: string, state: Deciding): GraphError | undefined {
  const { options } = state;
  const refused = refuseCaller(caller, options.numbers[phoneNumberId]?.tokens ?? options.tokens, state);
  if (refused !== undefined) return refused;
  const exists = options.phoneNumberIds?.includes(phoneNumberId) ?? /^\d+$/.test(phoneNumberId);
  if (exists) return undefined;
  return { code: 100, subcode: 33, text: 'Object does not exist, or the token lacks permission for it' };
}

/** Why the caller's token, or the proof of it, is refused. Undefined when it is one of `accepted`. */
export function refuseCaller(
  { authorization, proof }: Caller,
  accepted: readonly Token[],
  { options, clock }: Deciding,
): GraphError | undefined {
  const text = /^Bearer\s+(\S+)$/i.exec(authorization ?? '')?.[1];
  if (text === undefined) return { code: 104 };
  const refused = refuseToken(findToken(text, accepted), options, clock.now());
  if (refused !== undefined) return refused;

  if (options.appSecret === null) return undefined;
  if (proof === null) return { code: 100, text: 'The param appsecret_proof is required' };
  if (proof === createHmac('sha256', options.appSecret).update(text).digest('hex')) return undefined;
  return { code: 100, text: 'Invalid appsecret_proof' };
}

export function findToken(text: string, tokens: readonly Token[]): Token | undefined {
  return tokens.find((one) => (typeof one === 'string' ? one : one.token) === text);
}

/** Why a token does not work, known or not. */
export function refuseToken(
  token: Token | undefined,
  { invalidTokenSubcode }: Options,
  now: number,
): GraphError | undefined {
  if (token === undefined) return { code: 190, subcode: invalidTokenSubcode ?? undefined };
  const expiresAt = typeof token === 'string' ? undefined : token.expiresAt;
  return expiresAt !== undefined && now >= expiresAt ? { code: 190, subcode: 463 } : undefined;
}
