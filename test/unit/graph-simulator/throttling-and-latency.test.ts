import { describe, expect, test } from 'vitest';
import type { Reply } from './harness.ts';
import { block, list, NUMBER, OTHER_NUMBER, phones, start, until } from './harness.ts';

const MINUTE = 60_000;

function usageOf(reply: Reply): unknown {
  const header = reply.headers.get('x-business-use-case-usage');
  return header === null ? null : JSON.parse(header);
}

describe('the request rate limit', () => {
  const limited = { rateLimit: { requests: 2, windowMs: 10 * MINUTE } };

  test('130429 with the usage header, for one phone number id, until the window has moved on', async () => {
    const simulator = await start(limited);
    await list(simulator);
    simulator.control.advanceTime(MINUTE);
    expect(usageOf(await block(simulator, phones(1)))).toBeNull();
    const refused = await block(simulator, phones(2));
    expect(refused.status).toBe(400);
    expect(refused.json).toMatchObject({ error: { code: 130429 } });
    expect(usageOf(refused)).toEqual({
      '100000000000001': [
        { type: 'whatsapp', call_count: 100, total_cputime: 100, total_time: 100, estimated_time_to_regain_access: 9 },
      ],
    });
    expect(simulator.control.number(NUMBER).size).toBe(1);
    expect((await list(simulator, '', { number: OTHER_NUMBER })).status).toBe(200);
    simulator.control.advanceTime(9 * MINUTE);
    expect((await list(simulator)).status).toBe(200);
    expect((await list(simulator)).json).toMatchObject({ error: { code: 130429 } });
  });

  test('status, minutes and business account are options', async () => {
    const simulator = await start({
      rateLimit: { requests: 0, windowMs: MINUTE, status: 429, regainAccessMinutes: 42 },
      businessAccountId: '77',
    });
    const reply = await list(simulator);
    expect(reply.status).toBe(429);
    expect(usageOf(reply)).toMatchObject({ 77: [{ estimated_time_to_regain_access: 42 }] });
  });

  test('option usageHeader always: on every answer', async () => {
    const simulator = await start({ ...limited, usageHeader: 'always' });
    expect(usageOf(await list(simulator))).toMatchObject({
      '100000000000001': [{ call_count: 50, estimated_time_to_regain_access: 0 }],
    });
    expect(usageOf(await list(simulator, '', { token: null }))).not.toBeNull();
  });

  test('option usageHeader never', async () => {
    const simulator = await start({ rateLimit: { requests: 0, windowMs: MINUTE }, usageHeader: 'never' });
    expect(usageOf(await list(simulator))).toBeNull();
  });
});

describe('latency', () => {
  /** Records what the simulator waits for, without waiting. */
  async function startRecording(latency: Record<string, number>, seed = 1) {
    const waits: number[] = [];
    const sleep = async (milliseconds: number) => void waits.push(milliseconds);
    return { waits, simulator: await start({ latency, seed, blocked: { [NUMBER]: phones(40) } }, { sleep }) };
  }

  test('is none by default', async () => {
    const { simulator, waits } = await startRecording({});
    await list(simulator);
    expect(waits).toEqual([]);
  });

  test('is fixed and per user, of the request or of the page', async () => {
    const { simulator, waits } = await startRecording({ fixedMs: 100, perUserMs: 2 });
    await block(simulator, phones(10));
    await list(simulator, '?limit=30');
    await block(simulator, phones(10), { token: null });
    expect(waits).toEqual([120, 160, 100]);
  });

  test('has a jitter that repeats with the seed', async () => {
    const runs: number[][] = [];
    for (const seed of [7, 7, 8]) {
      const { simulator, waits } = await startRecording({ fixedMs: 100, jitterMs: 50 }, seed);
      for (let times = 0; times < 5; times++) await list(simulator);
      runs.push(waits);
    }
    expect(runs[0]).toEqual(runs[1]);
    expect(runs[0]).not.toEqual(runs[2]);
    expect(new Set(runs[0]).size).toBe(5);
    for (const wait of runs.flat()) expect(wait >= 100 && wait < 150).toBe(true);
  });

  test('a change is made at the end of the wait, even if the client has gone', async () => {
    const wakes: (() => void)[] = [];
    const sleep = () => new Promise<void>((resolve) => wakes.push(resolve));
    const simulator = await start({ latency: { fixedMs: 1 } }, { sleep });
    const client = new AbortController();
    const reply = block(simulator, phones(1), { signal: client.signal });
    await until(() => wakes.length === 1);
    expect(simulator.control.number(NUMBER).size).toBe(0);
    client.abort();
    await expect(reply).rejects.toThrow();
    for (const wake of wakes) wake();
    await until(() => simulator.control.number(NUMBER).size === 1);
  });

  test('waits in real time if no other sleep is given', async () => {
    const simulator = await start({ latency: { fixedMs: 1 } });
    expect((await list(simulator)).status).toBe(200);
  });
});
