import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Answer, refusal } from './answer.ts';
import { deliver } from './deliver.ts';
import type { GraphMethod } from './fault-schema.ts';
import { answerCall, phoneNumberIdOf } from './graph-api.ts';
import type { GraphError } from './graph-errors.ts';
import { parseJson, readBody } from './read-body.ts';
import type { SimulatorState } from './state.ts';

/** Waits for milliseconds. */
export type Sleep = (milliseconds: number) => Promise<void>;

/** Answers a request to Graph's side, with whatever fault it meets, and records it. */
export async function serveGraph(
  state: SimulatorState,
  sleep: Sleep,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  const method = request.method ?? 'GET';
  const phoneNumberId = phoneNumberIdOf(url.pathname);
  const call = state.recorder.begin(method, phoneNumberId ?? '', state.clock.now());
  try {
    const refused = refuseRoute(method, phoneNumberId);
    if (refused !== undefined || phoneNumberId === undefined || !isGraphMethod(method)) {
      await readBody(request);
      const answer = refusal(refused ?? { code: 2500 }, state.options, state.nextTrace());
      call.code = answer.code ?? null;
      call.status = await deliver(response, answer, undefined);
      return;
    }
    // On arrival, before the body is read: the nth request is the nth that came, however large the others are.
    const fault = state.faults.pick(method, phoneNumberId);
    const wait = (users: number) => sleepFor(state, users, sleep);
    const text = await readBody(request);
    const { authorization, 'content-type': type = '' } = request.headers;
    const answer: Answer =
      text === undefined
        ? refusal({ code: 100, status: 413, details: 'The body is too large' }, state.options, state.nextTrace())
        : await answerCall(
            state,
            { method, phoneNumberId, url, authorization, body: paramsOf(text, type) },
            fault,
            wait,
          );
    call.users = answer.userCount ?? 0;
    if (fault !== undefined) state.recorder.fault(call, fault.kind);
    const answersGraph = fault === undefined || ['error', 'user-errors', 'forget'].includes(fault.kind);
    if (answersGraph) call.code = answer.code ?? null;
    call.status = await deliver(response, answer, fault);
  } finally {
    state.recorder.end(call, state.clock.now(), state.options.logSize);
  }
}

function isGraphMethod(method: string): method is GraphMethod {
  return method === 'GET' || method === 'POST' || method === 'DELETE';
}

function refuseRoute(method: string, phoneNumberId: string | undefined): GraphError | undefined {
  if (phoneNumberId === undefined) return { code: 2500 };
  return isGraphMethod(method) ? undefined : { code: 100, subcode: 33, text: 'Unsupported request method' };
}

/** The body as parameters. Graph looks into JSON only where the header says so; other bodies hold no parameter it knows. */
function paramsOf(text: string, contentType: string): unknown {
  return /^application\/json\b/i.test(contentType) ? parseJson(text) : {};
}

async function sleepFor(state: SimulatorState, users: number, sleep: Sleep): Promise<void> {
  const { fixedMs, perUserMs, jitterMs } = state.options.latency;
  const milliseconds = fixedMs + perUserMs * users + (jitterMs === 0 ? 0 : jitterMs * state.random.jitter());
  if (milliseconds > 0) await sleep(milliseconds);
}
