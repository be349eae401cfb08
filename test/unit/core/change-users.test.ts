import { beforeEach, describe, expect, it, vi } from 'vitest';
import { GraphError } from '../../../lambdas/core/errors.ts';
import { getUserHistory } from '../../../lambdas/core/history/get-user-history.ts';
import { progressOf } from '../../../lambdas/core/jobs/job.ts';
import { submitChange } from '../../../lambdas/core/jobs/submit-change.ts';
import { getUser } from '../../../lambdas/core/users/get-user.ts';
import { PROBLEMS } from '../../../lambdas/core/users/problems.ts';
import { countedAs } from '../../support/contract-fixtures.ts';
import { changeRequest, createWorld, historyOf, NUMBER, phones, type World } from '../../support/world.ts';

const A = '16505550001';
const B = '16505550002';
const AGAIN = { code: 131047, message: 'Re-engagement required' };
const PASSING = { code: 139103, message: 'Internal error' };

let world: World;
beforeEach(() => {
  world = createWorld();
});

async function submitted(...args: Parameters<typeof changeRequest>) {
  const change = await submitChange(world.deps, changeRequest(...args));
  if (change.kind !== 'outcomes') throw new Error('Expected outcomes, not a job');
  return change;
}

async function submit(...args: Parameters<typeof changeRequest>) {
  return (await submitted(...args)).results.map(({ entry, failure, waId }) => [entry.input, failure?.code ?? waId]);
}

const operations = () => [...world.store.operations.values()];

describe('a synchronous request', () => {
  it('gives every entry a result in its own spelling, and sends each user once', async () => {
    expect(await submit(['+1 (650) 555-0001', A, 'nobody', B])).toEqual([
      ['+1 (650) 555-0001', A],
      [A, A],
      ['nobody', 100],
      [B, B],
    ]);
    expect(world.graph.calls).toMatchObject([{ action: 'block', ids: [A, B] }]);
    expect(await world.store.getSummary(NUMBER)).toEqual(countedAs(2));
    expect(world.store.numbers.has(NUMBER)).toBe(true);
  });

  it.each(['block', 'unblock'] as const)(
    'to %s sends nothing of a spelling that could be of somebody else',
    async (action) => {
      const { results } = await submitted(['16505553020.0', '(415) 555-1212', '+44 (0)20 7946 0958', A], { action });
      expect(results.map(({ failure, waId }) => failure ?? waId)).toEqual([
        { code: 100, message: '(#100) Invalid parameter', details: PROBLEMS.decimal },
        { code: 100, message: '(#100) Invalid parameter', details: PROBLEMS.noPlus },
        '442079460958',
        A,
      ]);
      expect(world.graph.calls).toMatchObject([{ action, ids: ['442079460958', A] }]);
    },
  );

  it('writes the operation ahead of the call, and completes it with counts', async () => {
    let before: unknown;
    world.graph.meanwhile = async () => {
      before = operations()[0]?.status;
    };
    world.graph.failures.set(B, [AGAIN]);
    await submit([A, B], { reason: 'spam', version: 'v26.0' });
    expect(before).toBe('started');
    expect(operations()).toMatchObject([{ status: 'finished', succeeded: 1, failed: 1, reason: 'spam' }]);
    expect(world.graph.calls[0]?.version).toBe('v26.0');
  });

  it('changes nothing and adds no history when it comes a second time', async () => {
    world.graph.failures.set(B, [AGAIN, AGAIN]);
    await submit([A, B]);
    world.clock.advance(60_000);
    await submit([A, B]);
    expect(historyOf(world, A)).toEqual(['block succeeded']);
    expect(historyOf(world, B)).toEqual(['block failed 131047']);
    expect(await world.store.getSummary(NUMBER)).toEqual(countedAs(1));
  });

  it('does not call Graph if no entry is a user', async () => {
    expect(await submit(['nobody', ''])).toEqual([
      ['nobody', 100],
      ['', 100],
    ]);
    expect(world.graph.calls).toEqual([]);
    expect(operations()).toEqual([]);
  });

  it('retries users whose failure is temporary, and only them', async () => {
    world.graph.failures.set(B, [PASSING]);
    expect(await submit([A, B])).toEqual([
      [A, A],
      [B, B],
    ]);
    expect(world.graph.calls.map(({ ids }) => ids)).toEqual([[A, B], [B]]);
    expect(historyOf(world, B)).toEqual(['block succeeded']);
  });

  it('gives a failure to the caller if it persists after a few tries', async () => {
    world.graph.failures.set(
      B,
      Array.from({ length: 10 }, () => PASSING),
    );
    expect(await submit([B])).toEqual([[B, 139103]]);
    expect(world.graph.calls).toHaveLength(3);
  });

  it('keeps the first answer if Graph refuses the whole repeat for some users', async () => {
    world.graph.failures.set(B, [PASSING]);
    world.graph.meanwhile = async () => {
      world.graph.meanwhile = async () => world.graph.refuse({ kind: 'transient', code: 2, message: 'down' });
    };
    expect(await submit([A, B])).toEqual([
      [A, A],
      [B, 139103],
    ]);
  });

  it('fails as a whole if Graph refuses it as a whole, with no history, and a completed operation', async () => {
    world.graph.refuse({ kind: 'permanent', code: 100, message: '(#100) Invalid parameter', fbtraceId: 'trace' });
    await expect(submit([A])).rejects.toMatchObject({ kind: 'permanent', code: 100 });
    expect(operations()).toMatchObject([{ status: 'failed', code: 100, fbtraceId: 'trace' }]);
    expect(world.store.events.size).toBe(0);
  });

  it('leaves its operation uncertain if the answer was lost', async () => {
    world.graph.refuse({ kind: 'timeout', code: 2, message: 'late', maybeApplied: true });
    await expect(submit([A])).rejects.toBeInstanceOf(GraphError);
    expect(operations()).toMatchObject([{ status: 'uncertain', code: 2 }]);
  });

  it('for a few users is written together with its end, and one for many users in steps', async () => {
    const written = (['completeWithRecords', 'completeOperation'] as const).map((step) => vi.spyOn(world.store, step));
    world.store.putUsers = () => Promise.reject(new Error('a write of its own'));
    const few = phones(5);
    await expect(submit(few)).rejects.toThrow('a write of its own');
    expect(written.map(({ mock }) => mock.calls.length)).toEqual([1, 0]);
    await expect(submit(phones(6))).rejects.toThrow('a write of its own');
    expect(written.map(({ mock }) => mock.calls.length)).toEqual([1, 0]);
  });

  it('for a few users is written in steps, and once, if another writer was first', async () => {
    world.graph.meanwhile = async () => {
      world.clock.advance(1);
      await submit([A], { reason: 'the other one' });
    };
    await submit([A, B]);
    expect(historyOf(world, A).length).toBe(2);
    expect(historyOf(world, B)).toEqual(['block succeeded']);
    expect(operations().every(({ status }) => status === 'finished')).toBe(true);
    expect(world.store.summaries.get(NUMBER)?.size).toBe(2);
  });

  it('does not register a number that Graph does not know', async () => {
    world.graph.refuse({ kind: 'permanent', code: 100, subcode: 33, message: 'no such object' });
    await expect(submit([A])).rejects.toMatchObject({ subcode: 33 });
    expect(world.store.numbers.size).toBe(0);
  });

  it('refuses 139101 before Graph is called if the list is known to be full', async () => {
    world = createWorld({ listLimit: 2 });
    await submit([A, B]);
    await expect(submit(['16505550003'])).rejects.toMatchObject({ kind: 'list_full', code: 139101 });
    expect(world.graph.calls).toHaveLength(1);
    expect(await submit([A])).toEqual([[A, A]]);
    expect(await submit([B], { action: 'unblock' })).toEqual([[B, B]]);
    expect(await submit(['16505550003'])).toEqual([['16505550003', '16505550003']]);
  });
});

describe('a user with several names', () => {
  beforeEach(() => {
    world.graph.names.set('5491123456789', { waId: '541123456789', userId: 'AR.77' });
  });

  it('is kept by wa_id and found by each of them', async () => {
    await submit(['+54 9 11 2345 6789']);
    for (const id of ['5491123456789', '541123456789', 'AR.77']) {
      expect((await getUser(world.store, NUMBER, id)).user).toMatchObject({
        user: '541123456789',
        state: 'blocked',
        userId: 'AR.77',
      });
    }
  });

  it('is one user if Graph says that two spellings of a request are the same', async () => {
    world.graph.names.set('541123456789', { waId: '541123456789' });
    await submit(['5491123456789', '541123456789']);
    expect(await world.store.getSummary(NUMBER)).toEqual(countedAs(1));
    expect(historyOf(world, '541123456789')).toEqual(['block succeeded']);
  });

  it('is listed once if it was blocked by its user_id before Graph named both', async () => {
    world.graph.names.set('AR.77', { userId: 'AR.77' });
    await submit(['AR.77']);
    world.clock.advance(1000);
    await submit(['5491123456789']);
    expect(await world.store.getSummary(NUMBER)).toEqual(countedAs(1));
    expect((await world.store.pageBlocked(NUMBER, { limit: 10 })).users).toHaveLength(1);
    await submit(['5491123456789'], { action: 'unblock' });
    expect((await getUser(world.store, NUMBER, 'AR.77')).user).toMatchObject({ state: 'unblocked' });
    expect(await world.store.getSummary(NUMBER)).toEqual(countedAs(0));
  });

  it('has one history, with refusals from before the wa_id was known', async () => {
    world.graph.failures.set('5491123456789', [AGAIN]);
    await submit(['5491123456789']);
    world.clock.advance(1000);
    await submit(['5491123456789']);
    const { events } = await getUserHistory(world.store, { phoneNumberId: NUMBER, id: '5491123456789' }, { limit: 10 });
    expect(events.map(({ outcome }) => outcome)).toEqual(['succeeded', 'failed']);
  });

  it('is unblocked by the number that was sent', async () => {
    await submit(['5491123456789']);
    world.graph.names.set('5491123456789', {});
    await submit(['5491123456789'], { action: 'unblock' });
    expect((await getUser(world.store, NUMBER, '541123456789')).user).toMatchObject({ state: 'unblocked' });
    expect(await world.store.getSummary(NUMBER)).toEqual(countedAs(0));
  });
});

describe('two writers of one user', () => {
  it('leave the state that was observed last, even if the earlier one writes last', async () => {
    await submit([A]);
    world.clock.advance(1000);
    world.graph.meanwhile = async () => {
      world.clock.advance(1000);
      await submit([A], { action: 'unblock' });
    };
    await submit([A], { reason: 'late' });
    expect((await getUser(world.store, NUMBER, A)).user).toMatchObject({ state: 'unblocked' });
    expect(await world.store.getSummary(NUMBER)).toEqual(countedAs(0));
  });

  it('are both counted correctly if they change different users between read and write', async () => {
    world.graph.meanwhile = async () => {
      await submit([B]);
    };
    await submit([A, B]);
    expect(await world.store.getSummary(NUMBER)).toEqual(countedAs(2));
  });
});

describe('the size of a request', () => {
  it('decides between an answer and a job at the provider’s batch', async () => {
    expect((await submitChange(world.deps, changeRequest(phones(1000)))).kind).toBe('outcomes');
    expect((await submitChange(world.deps, changeRequest(phones(1001)))).kind).toBe('job');
    world.tokens.current = { ...world.tokens.current, provider: 'splashify', batchLimit: 500 };
    expect((await submitChange(world.deps, changeRequest(phones(501)))).kind).toBe('job');
  });

  it('counts users, not entries', async () => {
    const users = phones(600);
    expect((await submitChange(world.deps, changeRequest([...users, ...users]))).kind).toBe('outcomes');
  });

  it('also makes a request a job, before Graph is called, if its answer would be too large', async () => {
    const duplicates = Array.from({ length: 20_000 }, () => A);
    expect((await submitChange(world.deps, changeRequest(duplicates))).kind).toBe('job');
    // In the answer, which is JSON within JSON, such an entry takes a thousand bytes.
    const escaped = Array.from({ length: 5_000 }, (_, index) => `${index}${'\u0001'.repeat(150)}`);
    expect((await submitChange(world.deps, changeRequest([A, ...escaped]))).kind).toBe('job');
    expect((await submitChange(world.deps, changeRequest([A, ...escaped.slice(0, 100)]))).kind).toBe('outcomes');
    expect((await submitChange(world.deps, changeRequest(Array.from({ length: 5_000 }, () => A)))).kind).toBe(
      'outcomes',
    );
    expect((await submitChange(world.deps, changeRequest(['x'.repeat(3_000_000)]))).kind).toBe('job');
  });

  it('answers with the state of the job when it is accepted', async () => {
    const change = await submitChange(world.deps, changeRequest([A, 'nobody'], { respondAsync: true }));
    if (change.kind !== 'job') throw new Error('Expected a job');
    expect(progressOf(change.job, change.chunks).users).toMatchObject({ total: 2, failed: 1, remaining: 1 });
  });

  it('does not matter if the caller prefers a job', async () => {
    expect((await submitChange(world.deps, changeRequest([A], { respondAsync: true }))).kind).toBe('job');
    expect(world.graph.calls).toEqual([]);
    expect(world.started).toHaveLength(1);
  });
});
