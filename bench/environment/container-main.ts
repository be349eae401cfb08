import { pathToFileURL } from 'node:url';
import type { Answer, Request } from './container.ts';

type Handler = (event: unknown) => Promise<unknown>;
const handlers = new Map<string, Promise<Handler>>();

/** An import takes some milliseconds even of what is loaded: it is no part of a warm call. */
function load(file: string): Promise<Handler> {
  const loading =
    handlers.get(file) ??
    import(pathToFileURL(file).href).then(({ handler, default: module }): Handler => handler ?? module.handler);
  handlers.set(file, loading);
  return loading;
}

let logBytes = 0;
let lines: { atMs: number; text: string }[] = [];
for (const stream of [process.stdout, process.stderr]) {
  const write = stream.write.bind(stream);
  stream.write = (chunk: string | Uint8Array, ...rest: []) => {
    logBytes += Buffer.byteLength(chunk);
    lines.push({ atMs: Date.now(), text: chunk.toString() });
    return write(chunk, ...rest);
  };
}

async function invoke({ file, event }: Request): Promise<Answer> {
  const arrivedMs = performance.now();
  const handler = await load(file);
  logBytes = 0;
  lines = [];
  const cpu = process.cpuUsage();
  const startedMs = performance.now();
  const result = await handler(event);
  const endedMs = performance.now();
  const { user, system } = process.cpuUsage(cpu);
  const [ms, firstMs, cpuMs] = [endedMs - startedMs, endedMs - arrivedMs, (user + system) / 1000];
  return { result, ms, firstMs, cpuMs, logBytes, lines, peakMb: process.resourceUsage().maxRSS / 1024 };
}

process.on('message', async (request: Request) => {
  const failed = (error: unknown) => ({ error: error instanceof Error ? String(error.stack) : String(error) });
  process.send?.(await invoke(request).catch(failed));
});
