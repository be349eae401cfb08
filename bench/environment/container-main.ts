import { pathToFileURL } from 'node:url';
import type { Answer, Request } from './container.ts';

type Handler = (event: unknown) => Promise<unknown>;
const handlers = new Map<string, Promise<Handler>>();

/** An import takes some milliseconds even of what is loaded: it is no part of a warm call. */
function load(file: string): Promise<Handler> {
  const known = handlers.get(file);
  if (known) return known;
  const loading = import(pathToFileURL(file).href).then(
    ({ handler, default: module }) => handler ?? module.handler,
  ) as Promise<Handler>;
  handlers.set(file, loading);
  return loading;
}

let logBytes = 0;
for (const stream of [process.stdout, process.stderr]) {
  const write = stream.write.bind(stream);
  stream.write = (chunk: string | Uint8Array, ...rest: []) => {
    logBytes += Buffer.byteLength(chunk);
    return write(chunk, ...rest);
  };
}

async function invoke({ file, event }: Request) {
  const arrivedMs = performance.now();
  const handler = await load(file);
  logBytes = 0;
  const cpu = process.cpuUsage();
  const startedMs = performance.now();
  const result = await handler(event);
  const endedMs = performance.now();
  const { user, system } = process.cpuUsage(cpu);
  const [ms, firstMs, cpuMs] = [endedMs - startedMs, endedMs - arrivedMs, (user + system) / 1000];
  return { result, ms, firstMs, cpuMs, logBytes, peakMb: process.resourceUsage().maxRSS / 1024 };
}

process.on('message', async (request: Request) => {
  let answer: Answer;
  try {
    answer = { id: request.id, invocation: await invoke(request) };
  } catch (error) {
    answer = { id: request.id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
  process.send?.(answer);
});
