import { afterAll, beforeAll, expect, inject, it, vi } from 'vitest';
import { createInProcessApi, type InProcessApi, NUMBER, TOKEN } from '../support/in-process-api.ts';
import { phones } from '../support/world.ts';

let api: InProcessApi;
beforeAll(async () => {
  api = await createInProcessApi(inject('dynamodbEndpoint'));
});
afterAll(() => api.stop());

/** What `run` logs. An alarm rings at a function's error, and at lines of the level ERROR. */
async function linesOf(run: () => Promise<unknown>) {
  const lines: { level: string }[] = [];
  const keep = (text: unknown) => lines.push(JSON.parse(String(text))) > 0;
  const spies = [process.stdout, process.stderr].map((stream) => vi.spyOn(stream, 'write').mockImplementation(keep));
  try {
    await run();
    return lines;
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

/** What the schedules start as soon as a stack is there. */
const RUNS: [string, () => Promise<unknown>][] = [
  ['reconcile', () => api.listNumbers({})],
  ['expire', () => api.expireBlocks()],
  ['deferred', () => api.retryDeferred()],
  ['sweep', () => api.sweep()],
  ['token-check', () => api.checkTokens()],
];

it.each(RUNS)('before the token is put in, %s finds nothing wrong', async (_, run) => {
  const lines = await linesOf(run);
  expect(lines.map(({ level }) => level)).toEqual(['INFO']);
});

it('before the token is put in, there is nothing to reconcile, and Graph is not asked', async () => {
  expect(await api.listNumbers({})).toEqual({ groups: [] });
  expect(await api.checkTokens()).toEqual({ tokens: [], awaitsToken: true });
  expect(api.simulator.control.calls()).toEqual([]);
});

it('a caller who comes too early gets an error, and registers nothing that a schedule would report', async () => {
  expect((await api.block(phones(1))).status).toBe(502);
  expect(await api.listNumbers({})).toEqual({ groups: [] });
  expect(await api.checkTokens()).toMatchObject({ awaitsToken: true });
});

it('a secret that is reset while numbers are in use is an error', async () => {
  const placeholder = await api.readSecret();
  await api.putToken(TOKEN);
  expect((await api.block(phones(1))).status).toBe(200);
  expect(await api.listNumbers({})).toMatchObject({ groups: [{ numbers: [{ phoneNumberId: NUMBER }] }] });
  expect(await api.checkTokens()).toMatchObject({ tokens: [{ state: 'works' }] });
  await api.putToken(placeholder ?? '');
  await expect(api.checkTokens()).rejects.toMatchObject({ name: 'TokenProblemError' });
});
