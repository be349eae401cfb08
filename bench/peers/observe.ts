/**
 * `node bench/peers/observe.ts`: what each peer does where a call goes wrong, seen against a simulator of its own. One JSON
 * line for each peer and situation: the ground on which their `limits` stand. Where whatsapp-api-js ends with a plain `Error`
 * the client itself had resolved, and its adapter found `error` in the answer.
 */
import { z } from 'zod';
import type { FaultRuleInput } from '../../local/graph-simulator/fault-schema.ts';
import { type GraphSimulator, startGraphSimulator } from '../../local/graph-simulator/server.ts';
import { connectPeer, PEERS, type PeerClient } from './peer.ts';

const ACCESS_TOKEN = 'EAA-local-simulator-token';
const NUMBER = '42';
const VALID = '+16505000001';
const INVALID = '+16505000002';

interface Situation {
  readonly name: string;
  readonly users: readonly string[];
  readonly options?: { partialFailureStatus?: 200 | 400; partialFailureError?: boolean };
  readonly fault?: FaultRuleInput['fault'];
}

const SITUATIONS: readonly Situation[] = [
  { name: 'success', users: [VALID] },
  { name: 'partial failure, HTTP 400', users: [VALID, INVALID] },
  { name: 'partial failure, HTTP 200 with error', users: [VALID, INVALID], options: { partialFailureStatus: 200 } },
  {
    name: 'partial failure, HTTP 200 without error',
    users: [VALID, INVALID],
    options: { partialFailureStatus: 200, partialFailureError: false },
  },
  { name: 'throttle', users: [VALID], fault: { kind: 'error', code: 130429, regainAccessMinutes: 1 } },
  { name: 'Graph error, HTTP 500', users: [VALID], fault: { kind: 'error', code: 131000, status: 500 } },
  { name: 'gateway, HTTP 503', users: [VALID], fault: { kind: 'http', status: 503 } },
  { name: 'connection lost', users: [VALID], fault: { kind: 'reset' } },
  { name: '1,001 users', users: Array.from({ length: 1_001 }, (_, index) => `+${16_505_010_000 + index}`) },
];

const thrown = z.looseObject({ name: z.string(), message: z.string() });

async function observe(client: PeerClient, situation: Situation, simulator: GraphSimulator): Promise<void> {
  const { name, users, options = {}, fault } = situation;
  const { control } = simulator;
  control.reset();
  control.putOptions({ invalidNumbers: [INVALID], ...options });
  if (fault !== undefined) control.addFaults({ fault, next: 1 });
  const peer = connectPeer(client, { url: simulator.url, version: 'v25.0', accessToken: ACCESS_TOKEN });
  const outcome = await peer.blockUsers(NUMBER, users).then(
    () => 'resolved',
    (error: unknown) => {
      const { name, message, httpStatus, retry } = thrown.parse(error);
      return { name, message: message.trim(), httpStatus, retry };
    },
  );
  const { requests, usersAdded } = control.counters();
  process.stdout.write(`${JSON.stringify({ peer: peer.name, situation: name, outcome, requests, usersAdded })}\n`);
}

const simulator = await startGraphSimulator();
for (const client of PEERS) {
  for (const situation of SITUATIONS) await observe(client, situation, simulator);
}
await simulator.stop();
