import { pathToFileURL } from 'node:url';
import type { Answer, Invocation, Request } from './container.ts';

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

async function invoke({ file, event }: Request): Promise<Invocation> {
  const arrivedMs = performance.now();
  const handler = await load(file);
  const cpu = process.cpuUsage();
  const startedMs = performance.now();
  const result = await handler(event);
  const endedMs = performance.now();
  const { user, system } = process.cpuUsage(cpu);
  const [ms, firstMs] = [endedMs - startedMs, endedMs - arrivedMs];
  return { result, ms, firstMs, cpuMs: (user + system) / 1000, peakMb: process.resourceUsage().maxRSS / 1024 };
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
