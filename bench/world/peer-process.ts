import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import * as z from 'zod';

const point = z.object({ at: z.number(), done: z.number() });
const end = z.object({ version: z.string(), ms: z.number(), cpuMs: z.number(), times: z.array(z.number()) });

export interface PeerRun {
  readonly version: string;
  readonly ms: number;
  readonly cpuMs: number;
  /** Milliseconds of each call. */
  readonly times: readonly number[];
  readonly points: readonly { readonly atMs: number; readonly done: number }[];
}

/** A public client's own loop, in a process of its own. `bench/peers/main.ts` has the options. */
export async function runPeer(
  graphUrl: string,
  peer: string,
  options: { readonly number: string; readonly users: number; readonly batch?: number; readonly repeat?: number },
): Promise<PeerRun> {
  const given = { peer, graph: graphUrl, ...options };
  const args = Object.entries(given).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const child = spawn(process.execPath, [join(import.meta.dirname, '../peers/main.ts'), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = (await text(child.stdout)).trim().split('\n');
  const points = lines.slice(0, -1).map((line) => point.parse(JSON.parse(line)));
  return {
    ...end.parse(JSON.parse(lines.at(-1) ?? '')),
    points: points.map(({ at, done }) => ({ atMs: at, done })),
  };
}
