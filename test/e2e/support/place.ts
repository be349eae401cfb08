import { type ClientRequest, get, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, inject } from 'vitest';
import * as z from 'zod';
import { stackInfo } from '../../../local/cloud/stack-info.ts';

const placeSchema = z.object({
  /** Where the deployed stack is; `callApi(place.stack, …)` calls it. */
  stack: stackInfo,
  /** Base URL of the Graph simulator; its control API is under `/_simulator`. */
  simulatorUrl: z.string(),
  /** Where the line between the two can be cut. */
  lineControlUrl: z.string(),
});
export type Place = z.infer<typeof placeSchema>;

/** The stack that this file has: no other file uses it until this one has ended. */
export const place: Place = await borrow();

/** It takes as long as a deploy does, on a slow machine longer than `fetch` would wait. */
async function borrow(): Promise<Place> {
  const { request, response } = await new Promise<{ request: ClientRequest; response: IncomingMessage }>(
    (resolve, reject) => {
      const sent = get(inject('placesUrl'), (answer) => resolve({ request: sent, response: answer }));
      sent.on('error', reject);
    },
  );
  if (response.statusCode !== 200) throw new Error(`The stack could not be deployed: ${await text(response)}`);
  // The stack is lent for as long as the answer goes on: until the end of the file, or of its process.
  const lent = await new Promise<string>((resolve) => response.setEncoding('utf8').once('data', resolve));
  response.on('error', () => {});
  request.socket?.unref();
  // Registered before every other, and so the last to run.
  afterAll(() => void request.destroy());
  return placeSchema.parse(JSON.parse(lent));
}
