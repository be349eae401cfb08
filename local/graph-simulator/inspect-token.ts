import { findToken, refuseCaller, refuseToken } from './access.ts';
import { type Answer, refusal } from './answer.ts';
import { errorObject, type GraphError } from './graph-errors.ts';
import type { Options, Token } from './options.ts';
import type { SimulatorState } from './state.ts';

/** A call of debug_token, read but not checked. */
export interface InspectCall {
  url: URL;
  authorization: string | undefined;
}

const APPLICATION = { app_id: '200000000000001', type: 'SYSTEM_USER', application: 'Graph simulator' };
const SCOPES = ['whatsapp_business_management', 'whatsapp_business_messaging'];

/**
 * Says of `input_token` whether it works and when it ends. Every token of the simulator may ask about every other: all are
 * of one app. Source: Meta's reference of debug_token and its guide to debugging access tokens.
 */
export function inspectToken(state: SimulatorState, { url, authorization }: InspectCall): Answer {
  const { options } = state;
  const known = tokensOf(options);
  const proof = url.searchParams.get('appsecret_proof');
  const input = url.searchParams.get('input_token');
  const refused = refuseCaller({ authorization, proof }, known, state) ?? refuseInput(input);
  if (refused !== undefined) return refusal(refused, options, state.nextTrace());

  const token = findToken(input ?? '', known);
  const problem = refuseToken(token, options, state.clock.now());
  const data = {
    ...(token === undefined ? {} : { ...APPLICATION, ...endsOf(token) }),
    ...(problem === undefined ? {} : { error: shortError(problem, state) }),
    is_valid: problem === undefined,
    scopes: token === undefined ? [] : SCOPES,
  };
  return { status: 200, body: { data } };
}

function refuseInput(input: string | null): GraphError | undefined {
  return input ? undefined : { code: 100, text: 'The parameter input_token is required' };
}

/** The tokens of the simulator and of every number. */
function tokensOf({ tokens, numbers }: Options): Token[] {
  return [...tokens, ...Object.values(numbers).flatMap((number) => number.tokens ?? [])];
}

function endsOf(token: Token) {
  const { expiresAt, dataAccessExpiresAt } = typeof token === 'string' ? {} : token;
  return { data_access_expires_at: seconds(dataAccessExpiresAt), expires_at: seconds(expiresAt) };
}

/** Epoch seconds; 0 is Graph's way to say never. */
function seconds(milliseconds: number | undefined): number {
  return milliseconds === undefined ? 0 : Math.floor(milliseconds / 1_000);
}

/** An error inside `data`: shorter than one that refuses a request, and with another name for its subcode. */
function shortError(error: GraphError, state: SimulatorState) {
  const { code, message } = errorObject(error, state.options, state.nextTrace());
  return { code, message, ...(error.subcode === undefined ? {} : { subcode: error.subcode }) };
}
