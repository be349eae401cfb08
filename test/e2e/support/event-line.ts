import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { AwsClient } from 'aws4fetch';
import { z } from 'zod';
import { LOCAL_CREDENTIALS } from '../../../local/cloud/loopback.ts';
import { place } from './place.ts';

const put = z.object({ Entries: z.array(z.looseObject({ DetailType: z.string(), Detail: z.string() })) });
const detail = z.looseObject({ id: z.string(), sequence: z.string() });

/** An event that the bus took. */
export interface TakenEvent {
  readonly type: string;
  readonly detail: z.output<typeof detail>;
}

/** What happens to the next calls: passed on, throttled, or held, before the bus has it or after. */
export type Fate = 'pass' | 'throttle' | 'throttle half' | 'hold before' | 'hold after';

/** The line between the publisher and the bus. */
export interface EventLine {
  readonly url: string;
  /** Events that the bus took, as often as it took them. */
  readonly taken: readonly TakenEvent[];
  /** Calls that wait for an answer, and never get one. */
  readonly held: () => number;
  /** Calls that were throttled so far. */
  readonly throttled: () => number;
  /** One fate for each of the next calls. All others are passed on. */
  arrange(...fates: readonly Fate[]): void;
  stop(): Promise<void>;
}

export async function startEventLine(): Promise<EventLine> {
  const taken: TakenEvent[] = [];
  const fates: Fate[] = [];
  const held = new Set<ServerResponse>();
  let throttled = 0;
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const fate = fates.shift() ?? 'pass';
    const hold = () => {
      held.add(response);
      response.once('close', () => held.delete(response));
    };
    if (fate === 'hold before') return hold();
    if (fate === 'throttle') {
      throttled += 1;
      response.writeHead(400, { 'content-type': 'application/x-amz-json-1.1' });
      return response.end(JSON.stringify({ __type: 'ThrottlingException', message: 'Rate exceeded' }));
    }
    const { Entries } = put.parse(JSON.parse(body));
    // The second half of the events, and so one that is alone.
    const kept = fate === 'throttle half' ? Entries.slice(0, Math.floor(Entries.length / 2)) : Entries;
    const rest = Entries.slice(kept.length).map(() => ({ ErrorCode: 'ThrottlingException' }));
    if (rest.length > 0) throttled += 1;
    const answers = kept.length === 0 ? [] : await passOn({ Entries: kept });
    for (const { DetailType, Detail } of kept)
      taken.push({ type: DetailType, detail: detail.parse(JSON.parse(Detail)) });
    if (fate === 'hold after') return hold();
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' });
    return response.end(JSON.stringify({ FailedEntryCount: rest.length, Entries: [...answers, ...rest] }));
  });
  return {
    url: await listen(server),
    taken,
    held: () => held.size,
    throttled: () => throttled,
    arrange: (...next) => void fates.push(...next),
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Signed once more: the publisher has signed for this host. */
async function passOn(body: unknown): Promise<unknown[]> {
  const { endpoint, region } = place.stack;
  const client = new AwsClient({ ...LOCAL_CREDENTIALS, region, service: 'events', retries: 0 });
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'AWSEvents.PutEvents' };
  const answer = await client.fetch(endpoint, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`The bus answered ${answer.status}: ${await answer.text()}`);
  return z.object({ Entries: z.array(z.object({ EventId: z.string() })) }).parse(await answer.json()).Entries;
}

/** A chat: it keeps the texts that are posted to its webhook. */
export async function startChat(): Promise<{ url: string; texts: string[]; stop(): Promise<void> }> {
  const texts: string[] = [];
  const server = createServer(async (request, response) => {
    texts.push(z.object({ text: z.string() }).parse(JSON.parse(await text(request))).text);
    response.end('ok');
  });
  return {
    url: await listen(server),
    texts,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port');
  return `http://127.0.0.1:${address.port}`;
}
