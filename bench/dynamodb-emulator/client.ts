import * as z from 'zod';
import type { Counts } from './database.ts';
import { CONTROL, type control } from './server.ts';

const counts = z.object({
  calls: z.record(z.string(), z.number()),
  readUnits: z.number(),
  writeUnits: z.number(),
  bytesIn: z.number(),
});

/** Reads and sets an emulator by its address. */
export class DynamoDbEmulatorClient {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url + CONTROL;
  }

  /** What it has done since it began or was last reset. Sets what is given, for whatever arrives from now on. */
  async counts(set: z.input<typeof control> = {}): Promise<Readonly<Counts>> {
    const response = await fetch(this.#url, { method: 'POST', body: JSON.stringify(set) });
    return counts.parse(await response.json());
  }

  async resetCounts(): Promise<void> {
    await this.counts({ resetCounts: true });
  }

  async setLatency(latencyMs: number): Promise<void> {
    await this.counts({ latencyMs });
  }

  /** Takes all items of all tables away. */
  async clear(): Promise<void> {
    await this.counts({ clear: true });
  }
}
