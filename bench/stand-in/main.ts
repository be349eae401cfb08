import { parseArgs } from 'node:util';
import { startStandIn } from './server.ts';

const { values } = parseArgs({
  options: { 'latency-ms': { type: 'string', default: '8' }, port: { type: 'string', default: '0' } },
});
const latencyMs = Number(values['latency-ms']);
const port = Number(values.port);
if (!(latencyMs >= 0) || !Number.isInteger(port) || port < 0 || port > 65_535) {
  throw new Error('Usage: node bench/stand-in/main.ts [--latency-ms <milliseconds>] [--port <number>]');
}
const started = startStandIn({ latencyMs, port });
// Before the address is printed: who reads it may send a signal at once.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, async () => {
    await (await started).stop();
    process.exit(0);
  });
}
const { url } = await started;
process.stdout.write(`dynamodb stand-in listening on ${url}\n`);
