import diagnostics from 'node:diagnostics_channel';
import { appendFileSync } from 'node:fs';
import { ClientRequest } from 'node:http';
import * as z from 'zod';

/** What one call of a handler did, as its own process saw it. */
export const metered = z.object({
  handler: z.string(),
  ms: z.number(),
  cpuMs: z.number(),
  dynamoCalls: z.number(),
  graphCalls: z.number(),
  secretReads: z.number(),
  executions: z.number(),
  lines: z.number(),
  logBytes: z.number(),
});
export type Metered = z.output<typeof metered>;

type Handler = (event: unknown) => Promise<unknown>;
type Counted = Omit<Metered, 'handler' | 'ms' | 'cpuMs'>;

const nothing = (): Counted => ({
  dynamoCalls: 0,
  graphCalls: 0,
  secretReads: 0,
  executions: 0,
  lines: 0,
  logBytes: 0,
});
let counted = nothing();

const TARGETS: readonly (readonly [RegExp, keyof Counted])[] = [
  [/^DynamoDB_/, 'dynamoCalls'],
  [/\.GetSecretValue$/, 'secretReads'],
  [/\.StartExecution$/, 'executions'],
];

/** A message of Node's own channel: `{ request }`. */
function started(message: unknown): void {
  if (typeof message !== 'object' || message === null || !('request' in message)) return;
  const { request } = message;
  if (!(request instanceof ClientRequest)) return;
  const target = String(request.getHeader('x-amz-target'));
  // Whatever is not AWS is Graph.
  const [, what] = TARGETS.find(([pattern]) => pattern.test(target)) ?? [undefined, 'graphCalls' as const];
  counted[what] += 1;
}

/** Counts what goes through the process's output: the handlers' log. */
function watchOutput(stream: NodeJS.WriteStream): void {
  const write = stream.write.bind(stream);
  stream.write = ((chunk: string | Uint8Array, ...rest: []) => {
    counted.lines += 1;
    counted.logBytes += Buffer.byteLength(chunk);
    return write(chunk, ...rest);
  }) as typeof stream.write;
}

let watching = false;

function watch(): void {
  if (watching) return;
  watching = true;
  diagnostics.subscribe('http.client.request.start', started);
  watchOutput(process.stdout);
  watchOutput(process.stderr);
}

/** A handler that adds a line to a file for each of its calls. A container runs one call at a time, so counts are its own. */
export function meter(handler: string, run: Handler, file: string): Handler {
  watch();
  return async (event) => {
    counted = nothing();
    const cpu = process.cpuUsage();
    const startedMs = performance.now();
    try {
      return await run(event);
    } finally {
      const ms = performance.now() - startedMs;
      const { user, system } = process.cpuUsage(cpu);
      const line: Metered = { handler, ms, cpuMs: (user + system) / 1_000, ...counted };
      appendFileSync(file, `${JSON.stringify(line)}\n`);
    }
  };
}
