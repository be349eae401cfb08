import { onTestFinished } from 'vitest';
import { z } from 'zod';
import type { StartOptionsInput } from '../../../local/graph-simulator/options.ts';
import {
  type GraphSimulator,
  type SimulatorRuntime,
  startGraphSimulator,
} from '../../../local/graph-simulator/server.ts';

export const TOKEN = 'EAA-local-simulator-token';
export const NUMBER = '106540352242922';
export const OTHER_NUMBER = '106540352242923';
/** The time at which the injected clock is fixed. */
export const NOW = Date.UTC(2026, 5, 1);
export const HOUR = 3_600_000;

/** A simulator that ends with the test, and whose clock is fixed. */
export async function start(options: StartOptionsInput = {}, runtime: SimulatorRuntime = {}): Promise<GraphSimulator> {
  const simulator = await startGraphSimulator(options, { now: () => NOW, ...runtime });
  onTestFinished(() => simulator.stop());
  return simulator;
}

export interface Reply {
  status: number;
  headers: Headers;
  text: string;
  /** Undefined if the text is no JSON. */
  json: unknown;
}

export interface CallOptions {
  /** Phone numbers, or whole entries. */
  users?: unknown[];
  /** The body as text, instead of one made of `users`. */
  body?: string;
  number?: string;
  /** Null: no Authorization header. */
  token?: string | null;
  query?: string;
  prefix?: string;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

export async function call(simulator: GraphSimulator, method: string, options: CallOptions = {}): Promise<Reply> {
  const { users, number = NUMBER, token = TOKEN, query = '', prefix = '/v25.0', headers = {}, signal } = options;
  const body = options.body ?? (users === undefined ? undefined : bodyOf(users));
  const response = await fetch(`${simulator.url}${prefix}/${number}/block_users${query}`, {
    method,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body }),
    ...(signal === undefined ? {} : { signal }),
  });
  return read(response);
}

export const block = (simulator: GraphSimulator, users: unknown[], options: CallOptions = {}) =>
  call(simulator, 'POST', { users, ...options });
export const unblock = (simulator: GraphSimulator, users: unknown[], options: CallOptions = {}) =>
  call(simulator, 'DELETE', { users, ...options });
export const list = (simulator: GraphSimulator, query = '', options: CallOptions = {}) =>
  call(simulator, 'GET', { query, ...options });

/** A request to the control side: `'PUT /options'`. */
export async function control(simulator: GraphSimulator, request: string, body?: unknown): Promise<Reply> {
  const [method = '', path = ''] = request.split(' ');
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return read(
    await fetch(`${simulator.url}/_simulator${path}`, { method, ...(text === undefined ? {} : { body: text }) }),
  );
}

export function bodyOf(users: unknown[]): string {
  const entries = users.map((user) => (typeof user === 'string' ? { user } : user));
  return JSON.stringify({ messaging_product: 'whatsapp', block_users: entries });
}

/** `count` phone numbers, from `+16500000000 + first`. */
export function phones(count: number, first = 0): string[] {
  return Array.from({ length: count }, (_, index) => `+${16_500_000_000 + first + index}`);
}

export function digits(phone: string): string {
  return phone.replace('+', '');
}

const pageSchema = z.looseObject({
  data: z.array(z.record(z.string(), z.string())),
  paging: z
    .looseObject({
      cursors: z.looseObject({ after: z.string().optional(), before: z.string().optional() }),
      next: z.string().optional(),
      previous: z.string().optional(),
    })
    .optional(),
});

/** A page of a list, with its users in whichever field the dialect has them. */
export function pageOf(reply: Reply) {
  const { data, paging } = pageSchema.parse(reply.json);
  const users = data.map((item) => item.wa_id ?? item.user_id ?? item.user);
  return { data, users, paging, after: paging?.cursors.after, before: paging?.cursors.before };
}

/** What a client knows of a call that got no whole answer: the code of the error beneath. */
export async function failureOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'answered';
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
  }
}

/** Lets the loop turn until `condition` holds. The test's own time limit is the deadline. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

async function read(response: Response): Promise<Reply> {
  const text = await response.text();
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  return { status: response.status, headers: response.headers, text, json };
}
