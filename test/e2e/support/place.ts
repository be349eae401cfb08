import { get, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { inject } from 'vitest';
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

/** The stack of this worker: no other file uses it while this one runs. */
export const place: Place = await ofWorker(process.env.VITEST_POOL_ID ?? '');

/** It takes as long as a deploy does, on a slow machine longer than `fetch` would wait. */
async function ofWorker(worker: string): Promise<Place> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    get(`${inject('placesUrl')}/${worker}`, resolve).on('error', reject);
  });
  const body = await text(answer);
  if (answer.statusCode !== 200) throw new Error(`The stack could not be deployed: ${body}`);
  return placeSchema.parse(JSON.parse(body));
}
