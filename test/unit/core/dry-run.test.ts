/** What a dry run says of each user and refuses, and that it calls and writes nothing. */
import { beforeEach, describe, expect, it } from 'vitest';
import { TokenMissingError } from '../../../lambdas/core/errors.ts';
import type { CreateJobsRequest } from '../../../lambdas/core/jobs/batch-plan.ts';
import { planChange } from '../../../lambdas/core/jobs/plan-change.ts';
import { planJobs } from '../../../lambdas/core/jobs/plan-jobs.ts';
import { submitChange } from '../../../lambdas/core/jobs/submit-change.ts';
import { ACTOR, changeRequest, createTestJob, createWorld, NUMBER, phones, type World } from '../../support/world.ts';

const [A = '', B = '', C = '', D = ''] = phones(4);
const OTHER_NUMBER = '106540352242923';
const BSUID = 'US.13491208655302741918';
const SILENT = { code: 131047, message: 'Re-engagement message' };

let world: World;
beforeEach(() => {
  world = createWorld();
});

type Change = Parameters<typeof changeRequest>[1];
/** For real, a minute ago. */
async function submit(users: readonly string[], more: Change = {}): Promise<void> {
  await submitChange(world.deps, changeRequest(users, more));
  world.clock.advance(60_000);
}
const dry = (users: readonly string[], more: Change = {}) => planChange(world.deps, changeRequest(users, more));
const dryUnblock = (users: readonly string[]) => dry(users, { action: 'unblock' });
function protect(...users: readonly string[]): void {
  for (const user of users) {
    world.store.protectedUsers.set(user, { user, ids: [user], actor: ACTOR, protectedAt: 'x', revision: 1 });
  }
}
const NOBODY = { new: 0, already: 0, malformed: 0, protected: 0, noRoom: 0 };

describe('a dry run of a block', () => {
  it('counts whoever is new, and lists nobody', async () => {
    await submit([B], { action: 'unblock' });
    expect(await dry([A, A, `+${A}`, B])).toEqual({
      users: { ...NOBODY, sent: 4, distinct: 2, new: 2 },
      results: [],
      isTruncated: false,
    });
  });

  it('knows a protected user by an id that only this number knows to be theirs', async () => {
    const [sent, bsuid] = ['4915112345678', 'US.13491208655302741918'];
    world.graph.names.set(sent, { waId: B, userId: bsuid });
    await submit([sent], { action: 'unblock' });
    for (const one of [B, bsuid]) {
      protect(one);
      expect((await dry([A, sent])).users).toMatchObject({ new: 1, protected: 1 });
      world.store.protectedUsers.clear();
      world.clock.advance(20_001);
    }
  });

  it('says who would fail, with the code and words of the real run', async () => {
    protect(B);
    const users = ['call me', A, B];
    const { results, users: counts } = await dry(users);
    const real = await submitChange(world.deps, changeRequest(users));
    if (real.kind !== 'outcomes') throw new Error('Expected outcomes');
    expect(counts).toEqual({ ...NOBODY, sent: 3, distinct: 3, new: 1, malformed: 1, protected: 1 });
    expect(results.map(({ would, input }) => [would, input])).toEqual([
      ['fail', 'call me'],
      ['fail', B],
    ]);
    const failures = real.results.flatMap(({ failure }) => failure ?? []);
    expect(results.map(({ code, message }) => ({ code, message }))).toEqual(
      failures.map(({ code, details }) => ({ code, message: details })),
    );
  });

  it('says what it would change of a block, or that it would change nothing', async () => {
    await submit([A, B], { reason: 'spam' });
    const said = async (more: Change) => (await dry([A], more)).results;
    expect((await dry([A, B])).users).toEqual({ ...NOBODY, sent: 2, distinct: 2, already: 2 });
    expect(await said({})).toEqual([{ input: A, would: 'nothing', state: 'blocked' }]);
    expect(await said({ reason: 'spam' })).toEqual([{ input: A, would: 'nothing', state: 'blocked' }]);
    const changes = async (more: Change) => {
      const [result] = await said(more);
      expect(result).toMatchObject({ would: 'block', state: 'blocked' });
      return result?.message;
    };
    const expiresAt = '2027-01-01T00:00:00.000Z';
    const BEGIN = 'Blocked already; would change';
    expect(await changes({ reason: 'fraud', reasonCode: undefined })).toBe(`${BEGIN} the reason`);
    expect(await changes({ reasonCode: 'fraud' })).toBe(`${BEGIN} the reason code`);
    expect(await changes({ expiresAt })).toBe(`${BEGIN} the end`);
    expect(await changes({ onBehalfOf: 'ana' })).toBe(`${BEGIN} who asked for it`);
    expect(await changes({ reason: 'fraud', reasonCode: undefined, expiresAt, actor: 'arn:aws:iam::1:role/x' })).toBe(
      `${BEGIN} the reason, the end, who asked for it`,
    );
  });

  it('counts a deferred block as new, and says that it waits', async () => {
    world.graph.failures.set(A, [SILENT]);
    await submit([A], { defer: true });
    expect(await dry([A])).toMatchObject({
      users: { ...NOBODY, new: 1 },
      results: [{ input: A, would: 'block', state: 'deferred' }],
    });
  });

  it('counts down the room of the list, in the order of the entries; who is on it needs none', async () => {
    world = createWorld({ listLimit: 3 });
    await submit([A]);
    const { users, results } = await dry([B, A, C, D, BSUID], { reason: 'x' });
    expect(users).toEqual({ ...NOBODY, sent: 5, distinct: 5, new: 2, already: 1, noRoom: 2 });
    expect(results).toMatchObject([
      { input: A, would: 'block', state: 'blocked' },
      { input: D, would: 'fail', code: 139101, message: '(#139101) Blocklist limit reached' },
      { input: BSUID, would: 'fail', code: 139101 },
    ]);
  });

  it('knows a user by several ids as one, who takes one place', async () => {
    world = createWorld({ listLimit: 2 });
    world.graph.names.set(BSUID, { waId: A, userId: BSUID });
    await submit([BSUID]);
    await submit([BSUID], { action: 'unblock' });
    expect(await dry([A, BSUID, B, C])).toMatchObject({
      users: { new: 2, already: 1, noRoom: 1 },
      results: [
        { input: BSUID, would: 'nothing', message: 'The user of an earlier entry' },
        { input: C, would: 'fail' },
      ],
    });
  });

  it('knows a user by the other form of their number', async () => {
    await submit(['551187650007']);
    expect(await dry(['+55 11 98765-0007'])).toMatchObject({ users: { already: 1 } });
  });

  it('lists 1,000 results at most, and says that there are more', async () => {
    const users = phones(1_001);
    protect(...users);
    const { users: counts, results, isTruncated } = await dry(users);
    expect(counts).toMatchObject({ protected: 1_001 });
    expect([results.length, isTruncated]).toEqual([1_000, true]);
    expect((await dry(users.slice(1))).isTruncated).toBe(false);
  });
});

describe('a dry run of an unblock', () => {
  it('tells apart who is blocked, who was, who waits and who is not known', async () => {
    await submit([A, B]);
    await submit([B], { action: 'unblock' });
    world.graph.failures.set(C, [SILENT]);
    await submit([C], { defer: true });
    expect(await dryUnblock([A, B, C, D])).toEqual({
      users: { ...NOBODY, sent: 4, distinct: 4, new: 2, already: 2 },
      results: [
        { input: B, would: 'nothing', state: 'unblocked' },
        { input: C, would: 'unblock', state: 'deferred', message: 'The deferred block would end' },
        {
          input: D,
          would: 'unblock',
          state: 'unknown',
          message: 'Not known to be blocked; Graph would be asked all the same',
        },
      ],
      isTruncated: false,
    });
  });

  it('says of a number that its user has left who they are now, as other answers do', async () => {
    await submit([B]);
    const alias = { aliasOf: B, isPreviousId: true, movedAt: '2026-10-01T00:00:00.000Z', revision: 1 };
    world.store.users.set(`${NUMBER}/${A}`, alias);
    const message = `The user who had this id has ${B} now; Graph would be asked all the same`;
    expect(await dryUnblock([A])).toMatchObject({
      users: { already: 1 },
      results: [{ input: A, would: 'unblock', state: 'unblocked', message }],
    });
    // To block its next owner is new.
    expect(await dry([A])).toMatchObject({ users: { new: 1 }, results: [] });
  });

  it('is not refused for a protected user, on a full list, or if the protected cannot be read', async () => {
    world = createWorld({ listLimit: 1 });
    await submit([A]);
    protect(A);
    world.store.listProtectedIds = () => Promise.reject(new Error('DynamoDB is down'));
    expect(await dryUnblock([A, B])).toMatchObject({ users: { new: 1, already: 1, protected: 0, noRoom: 0 } });
    await expect(dry([A])).rejects.toThrow('DynamoDB is down');
  });
});

/** Everything that is stored. */
const stored = () => structuredClone([world.store, world.jobs].map((one) => Object.values(one)));

describe('nothing is called or written', () => {
  const everything = [A, B, C, 'call me'];
  it('by a dry run of any size', async () => {
    await submit([A]);
    protect(B);
    const before = stored();
    const calls = world.graph.calls.length;
    for (const action of ['block', 'unblock'] as const) {
      const more = { action, respondAsync: true, idempotencyKey: 'once', phoneNumberId: OTHER_NUMBER, dryRun: true };
      await dry([...everything, ...phones(1_200, 16_505_590_000)], more);
      await planJobs(world.deps, jobsRequest({ action }));
    }
    expect(stored()).toEqual(before);
    expect(world.graph.calls).toHaveLength(calls);
    expect(world.graph.listings).toEqual([]);
    expect(world.started).toEqual([]);
  });
});

function jobsRequest(more: Partial<CreateJobsRequest> = {}): CreateJobsRequest {
  const { list } = changeRequest([A, B, C, 'call me']);
  return { action: 'block', phoneNumberIds: [NUMBER, OTHER_NUMBER], list, actor: ACTOR, dryRun: true, ...more };
}

describe('a dry run for several numbers', () => {
  it('sums up, and says of each number and result whose it is', async () => {
    await submit([A]);
    await submit([B], { phoneNumberId: OTHER_NUMBER });
    protect(C);
    const plan = await planJobs(world.deps, jobsRequest());
    const each = { ...NOBODY, sent: 4, distinct: 4, new: 1, already: 1, malformed: 1, protected: 1 };
    expect(plan.numbers).toEqual([
      { phoneNumberId: NUMBER, users: each },
      { phoneNumberId: OTHER_NUMBER, users: each },
    ]);
    expect(plan.users).toEqual({ ...NOBODY, sent: 8, distinct: 8, new: 2, already: 2, malformed: 2, protected: 2 });
    expect(plan.results.map(({ phoneNumberId, input, would }) => [phoneNumberId, input, would])).toEqual([
      [NUMBER, A, 'nothing'],
      [NUMBER, C, 'fail'],
      [NUMBER, 'call me', 'fail'],
      [OTHER_NUMBER, B, 'nothing'],
      [OTHER_NUMBER, C, 'fail'],
      [OTHER_NUMBER, 'call me', 'fail'],
    ]);
  });

  it('is for every number in use, if that is asked for', async () => {
    for (const number of [OTHER_NUMBER, NUMBER]) await world.store.registerNumber(number, 'x');
    world.tokens.credentials = () => Promise.reject(new TokenMissingError('No token', { othersHaveOne: true }));
    world.store.isRegistered = () => Promise.reject(new Error('They are known to be in use'));
    const plan = await planJobs(world.deps, jobsRequest({ phoneNumberIds: 'all' }));
    expect(plan.numbers?.map(({ phoneNumberId }) => phoneNumberId)).toEqual([NUMBER, OTHER_NUMBER]);
  });

  it('lists 1,000 results over all numbers, and says if there are more', async () => {
    protect(...phones(600));
    const { list } = changeRequest(phones(600));
    const plan = await planJobs(world.deps, jobsRequest({ list }));
    expect([plan.results.length, plan.isTruncated]).toEqual([1_000, true]);
    const fewer = await planJobs(world.deps, jobsRequest({ list: changeRequest(phones(500)).list }));
    expect([fewer.results.length, fewer.isTruncated]).toEqual([1_000, false]);
  });

  it('takes as many users as can be read while a caller waits, and names the limit', async () => {
    const numbers = (count: number) => Array.from({ length: count }, (_, index) => String(index + 1));
    const { list } = changeRequest(phones(1_921));
    await expect(planJobs(world.deps, jobsRequest({ list, phoneNumberIds: numbers(100) }))).rejects.toMatchObject({
      status: 400,
      message:
        'dry_run: 1921 users on 100 numbers are 192100, and the limit for one dry run is 192000; send at most 99 phone_number_ids at a time',
    });
    const most = { list: changeRequest(phones(1_920)).list, phoneNumberIds: numbers(100) };
    expect((await planJobs(world.deps, jobsRequest(most))).users).toMatchObject({ new: 192_000 });
  });
});

describe('a dry run is refused as the real run would be', () => {
  const missing = (fields: object) => () => Promise.reject(new TokenMissingError('No token', fields));

  it('if the number has no token', async () => {
    world.tokens.credentials = missing({});
    await expect(dry([A])).rejects.toBeInstanceOf(TokenMissingError);
    await expect(planJobs(world.deps, jobsRequest())).rejects.toBeInstanceOf(TokenMissingError);
    world.tokens.credentials = missing({ othersHaveOne: true });
    await expect(planJobs(world.deps, jobsRequest())).rejects.toMatchObject({
      status: 400,
      message: expect.stringMatching(/^phone_number_ids\[0\]: 106540352242922 is not in use here/),
    });
    world.tokens.credentials = missing({ isRetired: true });
    await expect(planJobs(world.deps, jobsRequest())).rejects.toMatchObject({
      message: 'phone_number_ids[0]: No token',
    });
  });

  it('if there are as many open jobs as there can be, for what would become a job', async () => {
    await createTestJob(world, [A]);
    Object.assign(world.deps.openJobLimits, { perNumber: 1 });
    const refused = { name: 'LimitReachedError', message: expect.stringContaining('has 1 open jobs') };
    await expect(dry(phones(1_001))).rejects.toMatchObject(refused);
    await expect(planJobs(world.deps, jobsRequest())).rejects.toMatchObject(refused);
    expect(await dry(phones(1_000))).toMatchObject({ users: { new: 1_000 } });
  });

  it('if the request makes more chunks than one can', async () => {
    world = createWorld({ chunkSize: 1 });
    const phoneNumberIds = Array.from({ length: 100 }, (_, index) => String(index + 1));
    await expect(
      planJobs(world.deps, jobsRequest({ list: changeRequest(phones(129)).list, phoneNumberIds })),
    ).rejects.toMatchObject({ message: expect.stringContaining('make 12900 chunks') });
  });
});
