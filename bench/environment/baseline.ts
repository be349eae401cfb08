import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { WhatsAppClient } from '@kapso/whatsapp-cloud-api';
import { WhatsAppAPI } from 'whatsapp-api-js';
import * as z from 'zod';
import { Container } from './container.ts';
import { SIMULATOR_TOKEN, users as usersFrom, VERSION } from './events.ts';

const BATCH = 1_000;

/** Public clients of the Cloud API, by npm package, each driven as its documentation says: the call that blocks `users` at once. */
const CLIENTS = {
  'whatsapp-api-js': (graph: string) => {
    // Its host is fixed; `ponyfill.fetch` is the one documented way to put something else in its place.
    const toSimulator: typeof fetch = (input, init) => {
      const { pathname, search } = new URL(input instanceof Request ? input.url : input);
      return fetch(`${graph}${pathname}${search}`, init);
    };
    // `secure: false`: no webhook is received here, so there is no app secret to check one with.
    const api = new WhatsAppAPI({
      token: SIMULATOR_TOKEN,
      secure: false,
      v: VERSION,
      ponyfill: { fetch: toSimulator },
    });
    return async (number: string, users: readonly string[]) => {
      const answer = await api.blockUser(number, ...users);
      // A refusal resolves too. Without this look a batch that Graph refused would be timed as one that it did.
      if ('error' in answer) throw new Error(answer.error.message);
    };
  },
  // It has no method for block_users: the call is made with the general `request` that its methods are built on.
  '@kapso/whatsapp-cloud-api': (graph: string) => {
    const client = new WhatsAppClient({ accessToken: SIMULATOR_TOKEN, baseUrl: graph, graphVersion: VERSION });
    return async (number: string, users: readonly string[]) => {
      // It spells the keys in Graph's way.
      const body = { messagingProduct: 'whatsapp', blockUsers: users.map((user) => ({ user })) };
      await client.request('POST', `${number}/block_users`, { body, responseType: 'json' });
    };
  },
};

export type ClientName = keyof typeof CLIENTS;
export const CLIENT_NAMES: readonly ClientName[] = ['whatsapp-api-js', '@kapso/whatsapp-cloud-api'];

interface Loop {
  readonly client: ClientName;
  /** Base URL of the simulator. */
  readonly graph: string;
  readonly number: string;
  readonly users: number;
  readonly batch?: number;
}

const baselineRun = z.object({
  /** The client and its version. */
  name: z.string(),
  ms: z.number(),
  /** Users who were blocked so many milliseconds after the start. */
  points: z.array(z.object({ atMs: z.number(), done: z.number() })),
});
export type BaselineRun = z.output<typeof baselineRun>;

/** What a team would write without this service: a public client's loop over batches, in a process of its own. */
export async function runBaseline(loop: Loop): Promise<BaselineRun> {
  const container = new Container({});
  try {
    return baselineRun.parse((await container.invoke(import.meta.filename, loop)).result);
  } finally {
    await container.stop();
  }
}

/**
 * One batch after the other, with the client driven as its documentation says. It keeps nothing: which users were blocked,
 * and which failed and why, is in the returned answer only. If a call fails the loop goes no further.
 */
export async function handler({ client, graph, number, users, batch = BATCH }: Loop): Promise<BaselineRun> {
  if (new URL(graph).hostname !== '127.0.0.1') throw new Error('The real Graph is never called');
  const block = CLIENTS[client](graph);
  const points: { atMs: number; done: number }[] = [];
  const startMs = performance.now();
  for (let done = 0; done < users; ) {
    const ids = usersFrom(Math.min(batch, users - done), done).map((id) => `+${id}`);
    await block(number, ids);
    done += ids.length;
    points.push({ atMs: performance.now() - startMs, done });
  }
  const ms = performance.now() - startMs;
  // Read from the installed package, so that a result never names a version that did not run.
  const { version } = JSON.parse(readFileSync(findPackageJSON(client, import.meta.url) ?? '', 'utf8'));
  return { name: `${client} ${version}`, ms, points };
}
