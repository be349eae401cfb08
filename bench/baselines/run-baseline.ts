import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as z from 'zod';
import { BASELINE_NAMES } from './clients.ts';

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]', 'localhost']);

export const loop = z.strictObject({
  client: z.enum(BASELINE_NAMES),
  graph: z
    .url()
    .refine((url) => LOOPBACK.has(new URL(url).hostname), 'must be on this machine: the real Graph is never called'),
  number: z.string(),
  users: z.int().positive(),
  batch: z.int().positive().default(1_000),
  /** Runs over so many new users each. */
  repeat: z.int().positive().default(1),
});

const baselineRun = z.object({
  version: z.string(),
  ms: z.number(),
  /** Milliseconds of each call. */
  times: z.array(z.number()),
  points: z.array(z.object({ atMs: z.number(), done: z.number() })),
});
export type BaselineRun = z.output<typeof baselineRun>;

/** What a team would write without this service: a public client's loop over batches, in a process of its own. */
export async function runBaseline(options: z.input<typeof loop>): Promise<BaselineRun> {
  const args = [join(import.meta.dirname, 'main.ts'), JSON.stringify(options)];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return baselineRun.parse(JSON.parse(stdout));
}
