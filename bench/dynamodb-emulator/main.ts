/** `node bench/dynamodb-emulator/main.ts <milliseconds>`: the emulator in a process of its own, at this latency. */
import { startDynamoDbEmulator } from './server.ts';

const latencyMs = Number(process.argv[2]);
if (!(latencyMs >= 0)) throw new Error('Usage: node bench/dynamodb-emulator/main.ts <milliseconds>');
const { url } = await startDynamoDbEmulator({ latencyMs });
process.stdout.write(`DynamoDB emulator listening on ${url}\n`);
