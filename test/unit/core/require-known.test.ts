import { beforeEach, describe, expect, it } from 'vitest';
import { type GraphErrorFields, TokenMissingError } from '../../../lambdas/core/errors.ts';
import { createJobs } from '../../../lambdas/core/jobs/create-jobs.ts';
import { submitChange } from '../../../lambdas/core/jobs/submit-change.ts';
import { startReconciliation } from '../../../lambdas/core/reconciliation/start-reconciliation.ts';
import { changeRequest, createWorld, NUMBER, phones, type World } from '../../support/world.ts';

const NO_SUCH: GraphErrorFields = { kind: 'permanent', code: 100, subcode: 33, message: 'no such object' };
const NO_TOKEN = new TokenMissingError('No access token for it yet.', { othersHaveOne: true });

let world: World;
beforeEach(() => {
  world = createWorld();
});

/** What outlives its request, on a number that the path or the body names. */
const WORK = {
  reconcile: () =>
    startReconciliation(world.deps, { phoneNumberId: NUMBER, actor: 'ana', receivedAt: world.clock.iso() }),
  'jobs of several numbers': () => {
    const { list, action, actor } = changeRequest(phones(2));
    return createJobs(world.deps, { list, action, actor, phoneNumberIds: [NUMBER], idempotencyKey: 'k' });
  },
  'a job of the number in a path': () =>
    submitChange(world.deps, changeRequest(phones(2), { respondAsync: true, idempotencyKey: 'k' })),
} as const;
const REFUSED = {
  reconcile: { status: 404, field: 'phone_number_id' },
  'jobs of several numbers': { status: 400, field: 'phone_number_ids[0]' },
  'a job of the number in a path': { status: 404, field: 'phone_number_id' },
} as const;
const NAMES = ['reconcile', 'jobs of several numbers', 'a job of the number in a path'] as const;

function expectNothingStored() {
  const { store, jobs } = world;
  const stored = [store.summaries, store.numbers, store.operations, jobs.jobs, jobs.chunks, jobs.keys, jobs.batches];
  expect(stored.map(({ size }) => size)).toEqual(stored.map(() => 0));
  expect([...world.started, ...world.reconciled, ...world.logged]).toEqual([]);
}

describe.each(NAMES)('%s', (name) => {
  const { status, field } = REFUSED[name];

  it('is for a number in use, without asking Graph', async () => {
    await world.store.registerNumber(NUMBER, world.clock.iso());
    await WORK[name]();
    expect(world.graph.listings).toEqual([]);
  });

  it('is for a number with a token of its own, without asking Graph', async () => {
    world.tokens.current = { ...world.tokens.current, isOwn: true };
    await WORK[name]();
    expect(world.graph.listings).toEqual([]);
  });

  it('is for a new number that Graph shows to the default token: it is asked once, and the number is in use', async () => {
    await WORK[name]();
    await WORK[name]();
    expect(world.graph.listings).toHaveLength(1);
    expect([...world.store.numbers.keys()]).toEqual([NUMBER]);
  });

  it('is refused, with nothing stored, started or logged, for a number that Graph does not know', async () => {
    world.graph.refuseListing(NO_SUCH);
    await expect(WORK[name]()).rejects.toMatchObject({
      name: 'InvalidRequestError',
      status,
      message: `${field}: ${NUMBER} is not in use here, no token is set for it, and Graph does not show it to the default token (code 100); check the id, or set a token for it`,
    });
    expectNothingStored();
  });

  it.each<GraphErrorFields>([
    { kind: 'transient', code: 2, message: 'down' },
    { kind: 'timeout', code: 2, message: 'late' },
    { kind: 'rate_limited', code: 130429, message: 'slow down' },
    { kind: 'token', code: 190, message: 'expired' },
    { kind: 'permission', code: 200, message: 'no permission' },
    { kind: 'permanent', code: 100, message: 'invalid' },
  ])(
    'is accepted if Graph gives no answer about the number ($kind), which is not in use until it does',
    async (error) => {
      world.graph.refuseListing(error);
      await WORK[name]();
      expect([...world.started, ...world.reconciled]).toHaveLength(1);
      expect(world.graph.listings).toHaveLength(1);
      expect(world.store.numbers.size).toBe(0);
    },
  );

  it('is not the caller’s error if no number has a token yet', async () => {
    world.tokens.credentials = () => Promise.reject(new TokenMissingError('No access token yet.'));
    await expect(WORK[name]()).rejects.toMatchObject({ name: 'TokenMissingError' });
    expectNothingStored();
  });
});

describe.each(['reconcile', 'jobs of several numbers'] as const)('%s', (name) => {
  const { status } = REFUSED[name];

  it('is refused for a number that is out of use since an operator retired it', async () => {
    const message = `${NUMBER} is out of use`;
    world.tokens.credentials = () => Promise.reject(new TokenMissingError(message, { isRetired: true }));
    await expect(WORK[name]()).rejects.toMatchObject({ status, message: `${REFUSED[name].field}: ${message}` });
    expectNothingStored();
  });

  it('is refused for a number that has no token if others have one', async () => {
    world.tokens.credentials = () => Promise.reject(NO_TOKEN);
    await expect(WORK[name]()).rejects.toMatchObject({
      status,
      message: expect.stringContaining('there is no default token'),
    });
    expect(world.graph.listings).toEqual([]);
    expectNothingStored();
  });
});

it('a job of the number in a path says what a request does of a number without a token', async () => {
  world.tokens.credentials = () => Promise.reject(NO_TOKEN);
  await expect(WORK['a job of the number in a path']()).rejects.toBe(NO_TOKEN);
  await expect(submitChange(world.deps, changeRequest(phones(2)))).rejects.toBe(NO_TOKEN);
  expectNothingStored();
});

it('a job that was accepted is found again, even if Graph no longer knows the number', async () => {
  world.graph.refuseListing({ kind: 'timeout', code: 2, message: 'late' }, NO_SUCH);
  const first = await WORK['a job of the number in a path']();
  expect(await WORK['a job of the number in a path']()).toEqual(first);
  expect(world.graph.listings).toHaveLength(1);
});

it('a request that is carried out at once asks Graph for nothing but that', async () => {
  await submitChange(world.deps, changeRequest(phones(2)));
  expect(world.graph.listings).toEqual([]);
});

it('a request with made-up ids is refused at the first of them, after a few calls', async () => {
  const { list, action, actor } = changeRequest(phones(2));
  const phoneNumberIds = Array.from({ length: 100 }, (_, index) => String(9_000 + index));
  world.graph.refuseListing(...phoneNumberIds.map(() => NO_SUCH));
  await expect(createJobs(world.deps, { list, action, actor, phoneNumberIds })).rejects.toMatchObject({
    status: 400,
    message: expect.stringMatching(/^phone_number_ids\[0\]: 9000 /),
  });
  expect(world.graph.listings.length).toBeLessThanOrEqual(20);
  expectNothingStored();
});
