import { refuseAccess } from './access.ts';
import { type Answer, refusal } from './answer.ts';
import { changeUsers } from './change-users.ts';
import { countEntries, firstUser, parseEntries } from './entries.ts';
import type { Fault, GraphMethod } from './fault-schema.ts';
import type { GraphError } from './graph-errors.ts';
import { listUsers } from './list-users.ts';
import { type Options, rulesFor } from './options.ts';
import { NO_USAGE, retryAfterHeaders, type Usage, usageHeader } from './rate-limit.ts';
import type { SimulatorState } from './state.ts';

/** A call of block_users, read but not checked. */
export interface GraphCall {
  method: GraphMethod;
  phoneNumberId: string;
  url: URL;
  authorization: string | undefined;
  /** The parsed body; undefined if it is not JSON. */
  body: unknown;
}

/** `/{version}/{phone-number-id}/block_users`; the version may be missing, a vendor's `/api` may come before. */
const BLOCK_USERS = /^(?:\/api)?(?:\/v\d+\.\d+)?\/([^/]+)\/block_users\/?$/;
/** `/{version}/debug_token`. Splashify has no such call, neither below its `/api` nor in its dialect. */
const DEBUG_TOKEN = /^(?:\/v\d+\.\d+)?\/debug_token\/?$/;

export type Route = { edge: 'block_users'; phoneNumberId: string } | { edge: 'debug_token'; phoneNumberId?: undefined };

/** What a path asks for; undefined if there is no such path. */
export function routeOf(pathname: string, { dialect }: Options): Route | undefined {
  const phoneNumberId = BLOCK_USERS.exec(pathname)?.[1];
  if (phoneNumberId !== undefined) return { edge: 'block_users', phoneNumberId };
  return dialect === 'meta' && DEBUG_TOKEN.test(pathname) ? { edge: 'debug_token' } : undefined;
}

/** What a call meets. */
export interface Circumstances {
  fault: Fault | undefined;
  /** Takes the number of users, and lasts as long as the latency of the options says. */
  wait(users: number): Promise<void>;
}

/**
 * Answers one call. Who may call is
 * decided on arrival; a change is made at the end of the wait even if the client has gone by then, as on a real server.
 */
export async function answerCall(
  state: SimulatorState,
  call: GraphCall,
  { fault, wait }: Circumstances,
): Promise<Answer> {
  const named = countEntries(call.body);
  if (fault !== undefined && isInsteadOfWork(fault, call.method)) {
    await wait(named);
    const untouched = { status: 200, body: UNTOUCHED, headers: headersFor(state, NO_USAGE) };
    return { ...faultAnswer(state, fault, { answer: untouched, about: firstUser(call.body) }), userCount: named };
  }
  const { refused, usage } = admit(state, call);
  let outcome: Answer | GraphError;
  if (refused !== undefined) {
    outcome = refused;
    await wait(0);
  } else if (call.method === 'GET') {
    outcome = list(state, call);
    await wait('body' in outcome ? (outcome.userCount ?? 0) : 0);
  } else {
    await wait(named);
    outcome = change(state, { ...call, method: call.method }, fault);
  }
  const about = firstUser(call.body);
  const answer = 'body' in outcome ? outcome : refusal({ ...outcome, about }, state.options, state.nextTrace());
  state.recorder.changed(answer.changed ?? {}, answer.userErrors ?? []);
  const userCount = answer.userCount ?? named;
  const whole = { ...answer, headers: headersFor(state, usage) };
  return { ...faultAnswer(state, fault, { answer: whole, about }), userCount };
}

/** The answer that a fault cuts when the request was not applied. */
const UNTOUCHED = { messaging_product: 'whatsapp', block_users: {} };

/** Faults of single users always go through the work; a page can be cut without changing anything. */
function isInsteadOfWork(fault: Fault, method: GraphMethod): boolean {
  if (fault.kind === 'user-errors' || fault.kind === 'forget') return false;
  return !fault.applied && !(fault.kind === 'truncated' && method === 'GET');
}

function admit(state: SimulatorState, call: GraphCall): { refused: GraphError | undefined; usage: Usage } {
  const { options, clock, limiter } = state;
  const proof = call.url.searchParams.get('appsecret_proof');
  const { authorization, phoneNumberId } = call;
  const refused = refuseAccess({ authorization, proof }, phoneNumberId, state);
  if (refused !== undefined) return { refused, usage: NO_USAGE };
  const usage = limiter.admit(phoneNumberId, options, clock.now());
  return { refused: usage.isLimited ? { code: 130429, status: options.rateLimit?.status } : undefined, usage };
}

function list(state: SimulatorState, { url, phoneNumberId }: GraphCall): Answer | GraphError {
  const { options, facts } = state;
  return listUsers({ url, options, facts, rules: rulesFor(options, phoneNumberId), list: state.list(phoneNumberId) });
}

function change(
  state: SimulatorState,
  { body, phoneNumberId, method }: GraphCall & { method: 'POST' | 'DELETE' },
  fault: Fault | undefined,
): Answer | GraphError {
  const { options, facts } = state;
  const rules = rulesFor(options, phoneNumberId);
  const entries = parseEntries(body, rules, facts);
  if (!Array.isArray(entries)) return entries;
  return changeUsers({
    operation: method === 'POST' ? 'block' : 'unblock',
    phoneNumberId,
    entries,
    options,
    rules,
    facts,
    list: state.list(phoneNumberId),
    now: state.clock.now(),
    fault: fault?.kind === 'user-errors' || fault?.kind === 'forget' ? fault : undefined,
    random: state.random.users,
    trace: state.nextTrace(),
  });
}

/** What a fault makes of an answer before it is sent; `deliver` does the rest. `about`: the first user of the request. */
export function faultAnswer(
  state: SimulatorState,
  fault: Fault | undefined,
  { answer, about }: { answer: Answer; about?: string | undefined },
): Answer {
  const named = fault && 'retryAfter' in fault ? fault.retryAfter : undefined;
  const retryAfter = named === undefined ? {} : retryAfterHeaders(named.seconds, named.as, state.clock.now());
  if (fault?.kind !== 'error') return { ...answer, headers: { ...answer.headers, ...retryAfter } };
  const { code, subcode, status, message, isTransient, regainAccessMinutes } = fault;
  const error = { code, subcode, status, text: message, isTransient, about };
  const usage =
    regainAccessMinutes === undefined
      ? answer.headers
      : usageHeader({ isLimited: true, percent: 100, regainAccessMinutes }, state.options);
  return { ...refusal(error, state.options, state.nextTrace()), headers: { ...usage, ...retryAfter } };
}

function headersFor({ options, clock }: SimulatorState, usage: Usage): Record<string, string> {
  const { usageHeader: sent, rateLimit } = options;
  const isSent = sent === 'always' || (sent === 'limited' && usage.isLimited);
  const as = usage.isLimited ? rateLimit?.retryAfter : undefined;
  return {
    ...(isSent ? usageHeader(usage, options) : {}),
    ...(as ? retryAfterHeaders(usage.regainAccessMinutes * 60, as, clock.now()) : {}),
  };
}
