import * as z from 'zod';
import { CONTROL } from './control.ts';
import type { Counts } from './units.ts';

const counts = z.object({
  calls: z.record(z.string(), z.number()),
  readUnits: z.number(),
  writeUnits: z.number(),
  bytesIn: z.number(),
  bytesOut: z.number(),
}) satisfies z.ZodType<Counts>;

/** Reads and sets a stand-in by its address. */
export class StandInClient {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url + CONTROL;
  }

  /** What it has done since it began or was last reset. */
  async counts(): Promise<Counts> {
    return counts.parse(await (await this.#send('GET', 'counts')).json());
  }

  async resetCounts(): Promise<void> {
    await this.#send('POST', 'reset-counts');
  }

  /** Of every call that arrives from now on. */
  async setLatency(ms: number): Promise<void> {
    await this.#send('PUT', 'latency', { ms });
  }

  /** Takes all items of all tables away; the tables stay. */
  async clear(): Promise<void> {
    await this.#send('POST', 'clear');
  }

  async #send(method: string, path: string, body?: object): Promise<Response> {
    const response = await fetch(`${this.#url}/${path}`, { method, ...(body && { body: JSON.stringify(body) }) });
    if (!response.ok) throw new Error(`The stand-in answered ${response.status}: ${await response.text()}`);
    return response;
  }
}
