import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { type Answer, refusal } from './answer.ts';
import { deliver } from './deliver.ts';
import type { GraphMethod } from './fault-schema.ts';
import { answerCall, faultAnswer, type Route, routeOf } from './graph-api.ts';
import type { GraphError } from './graph-errors.ts';
import { inspectToken } from './inspect-token.ts';
import { parseJson, readBody } from './read-body.ts';
import type { SimulatorState } from './state.ts';

/** Waits for milliseconds. */
export type Sleep = (milliseconds: number) => Promise<void>;

/** A request, its response, and what it asks for. */
export interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  url: URL;
}

/** Answers a request to Graph's side, with a fault if one applies, and records it. */
export async function serveGraph(
  state: SimulatorState,
  sleep: Sleep,
  { request, response, url }: Exchange,
): Promise<void> {
  const method = request.method ?? 'GET';
  const route = routeOf(url.pathname, state.options);
  const call = state.recorder.begin(method, route === undefined ? '' : route.phoneNumberId, state.clock.now());
  try {
    const refused = refuseRoute(method, route);
    if (refused !== undefined || route === undefined || !isGraphMethod(method)) {
      await readBody(request);
      const answer = refusal(refused ?? { code: 2500 }, state.options, state.nextTrace());
      call.code = answer.code ?? null;
      call.status = await deliver(response, answer, undefined);
      return;
    }
    // On arrival, before the body is read: the nth request is the nth that came, however large the others are.
    const fault = state.faults.pick(method, route.phoneNumberId);
    const wait = (users: number) => sleepFor(state, users, sleep);
    const text = await readBody(request);
    const { authorization, 'content-type': type = '' } = request.headers;
    let answer: Answer;
    if (text === undefined) {
      answer = refusal({ code: 100, status: 413, details: 'The body is too large' }, state.options, state.nextTrace());
    } else if (route.edge === 'debug_token') {
      answer = faultAnswer(state, fault, { answer: inspectToken(state, { url, authorization }) });
      await wait(0);
    } else {
      const { phoneNumberId } = route;
      const body = paramsOf(text, type);
      answer = await answerCall(state, { method, phoneNumberId, url, authorization, body }, { fault, wait });
    }
    call.users = answer.userCount ?? 0;
    if (fault !== undefined) state.recorder.fault(call, fault.kind);
    const answersGraph = fault === undefined || ['error', 'user-errors', 'forget'].includes(fault.kind);
    if (answersGraph) call.code = answer.code ?? null;
    call.status = await deliver(
      response,
      { ...answer, headers: { ...traceHeader(state, answer), ...answer.headers } },
      fault,
    );
  } finally {
    state.recorder.end(call, state.clock.now(), state.options.logSize);
  }
}

/** Graph names its trace in a header of every answer; that of an error is in its body too. */
function traceHeader(state: SimulatorState, { body }: Answer): Record<string, string> {
  const named = errorTrace.safeParse(body);
  return { 'x-fb-trace-id': named.success ? named.data.error.fbtrace_id : state.nextTrace() };
}

const errorTrace = z.object({ error: z.object({ fbtrace_id: z.string() }) });

function isGraphMethod(method: string): method is GraphMethod {
  return method === 'GET' || method === 'POST' || method === 'DELETE';
}

function refuseRoute(method: string, route: Route | undefined): GraphError | undefined {
  if (route === undefined) return { code: 2500 };
  const isTaken = route.edge === 'debug_token' ? method === 'GET' : isGraphMethod(method);
  return isTaken ? undefined : { code: 100, subcode: 33, text: 'Unsupported request method' };
}

/** The body as parameters. Graph reads JSON only if the header says so; in other bodies it finds no known parameter. */
function paramsOf(text: string, contentType: string): unknown {
  return /^application\/json\b/i.test(contentType) ? parseJson(text) : {};
}

async function sleepFor(state: SimulatorState, users: number, sleep: Sleep): Promise<void> {
  const { fixedMs, perUserMs, jitterMs } = state.options.latency;
  const milliseconds = fixedMs + perUserMs * users + (jitterMs === 0 ? 0 : jitterMs * state.random.jitter());
  if (milliseconds > 0) await sleep(milliseconds);
}
