import { type Control, startDynamoDbEmulator } from '../dynamodb-emulator/server.ts';

const emulator = await startDynamoDbEmulator(0);

/** The emulator in a container of its own: sets it, and gives its address and what was counted until then. */
export async function handler(set: Control) {
  return { url: emulator.url, ...emulator.control(set) };
}
