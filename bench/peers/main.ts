/**
 * What a team would write without this service: a loop over batches with a public client, one batch after the other.
 *
 *     node bench/peers/main.ts --peer whatsapp-api-js --graph http://127.0.0.1:4000 --number 42 --users 64000 --batch 1000
 *     node bench/peers/main.ts --peer whatsapp-api-js --graph http://127.0.0.1:4000 --number 42 --users 1 --repeat 30
 *
 * Prints `{"at", "done"}` after each call (ms since the start, users blocked so far) and at the end
 * `{"peer", "version", "users", "repeat", "batch", "usersPerCall", "calls", "ms", "cpuMs", "times"}`: `times` has the ms of
 * each call, `cpuMs` the processor time of this process from the first call to the last. Ends with 1 where a call fails:
 * such a loop goes no further, and does not know where to begin again.
 */
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { connectPeer, PEERS } from './peer.ts';

/** What the simulator accepts by default. No secret: nothing but the simulator takes it. */
const ACCESS_TOKEN = 'EAA-local-simulator-token';
const GRAPH_VERSION = 'v25.0';
const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]', 'localhost']);
/** The first of the users, who are numbered on from here: valid E.164, known to the simulator only. */
const FIRST_USER = 16_505_000_000;

const count = z.coerce.number().int().positive();
const argumentsSchema = z.object({
  peer: z.enum(PEERS.map(({ name }) => name)),
  graph: z
    .url()
    .refine((url) => LOOPBACK.has(new URL(url).hostname), 'must be on this machine: the real Graph is never called')
    .transform((url) => new URL(url).origin),
  number: z.string().regex(/^\d{1,32}$/, 'expected the digits of a phone number id'),
  users: count,
  batch: count.default(1_000),
  repeat: count.default(1),
});
type Arguments = z.output<typeof argumentsSchema>;

function readArguments(): Arguments {
  const names = ['peer', 'graph', 'number', 'users', 'batch', 'repeat'] as const;
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
  return argumentsSchema.parse(parseArgs({ options }).values);
}

/** The users of each call: `repeat` runs over `users` new users, in batches. Nobody is named twice. */
function batches({ users, batch, repeat }: Arguments): string[][] {
  return Array.from({ length: repeat }, (_, run) =>
    Array.from({ length: Math.ceil(users / batch) }, (_, index) => {
      const first = index * batch;
      const size = Math.min(batch, users - first);
      return Array.from({ length: size }, (_, place) => `+${FIRST_USER + run * users + first + place}`);
    }),
  ).flat();
}

const say = (line: unknown): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
const rounded = (ms: number): number => Math.round(ms * 10) / 10;

async function run(wanted: Arguments): Promise<void> {
  const client = PEERS.find(({ name }) => name === wanted.peer);
  if (client === undefined) throw new Error(`No such peer: ${wanted.peer}`);
  const peer = connectPeer(client, { url: wanted.graph, version: GRAPH_VERSION, accessToken: ACCESS_TOKEN });
  const calls = batches(wanted);
  const times: number[] = [];
  let done = 0;
  const cpu = process.cpuUsage();
  const startMs = performance.now();
  for (const users of calls) {
    const callMs = performance.now();
    await peer.blockUsers(wanted.number, users);
    times.push(rounded(performance.now() - callMs));
    done += users.length;
    say({ at: rounded(performance.now() - startMs), done });
  }
  const ms = rounded(performance.now() - startMs);
  const { user, system } = process.cpuUsage(cpu);
  const { users, repeat, batch } = wanted;
  say({
    peer: peer.name,
    version: peer.version,
    users,
    repeat,
    batch,
    usersPerCall: Math.min(batch, users),
    calls: calls.length,
    ms,
    cpuMs: rounded((user + system) / 1_000),
    times,
  });
}

try {
  await run(readArguments());
} catch (error) {
  const text = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
  process.stderr.write(`bench peer: ${text}\n`);
  process.exitCode = 1;
}
