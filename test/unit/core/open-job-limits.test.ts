import { beforeEach, describe, expect, it } from 'vitest';
import { createJobs } from '../../../lambdas/core/jobs/create-jobs.ts';
import { changeRequest, createTestJob, createWorld, NUMBER, phones, runJob, type World } from '../../support/world.ts';

const OTHER = '106540352242923';
const ROLE = 'arn:aws:sts::111122223333:assumed-role';

let world: World;
beforeEach(() => {
  world = createWorld();
  world.deps.openJobLimits = { perNumber: 4, perCaller: 2 };
});

const create = (actor: string, phoneNumberId = NUMBER, idempotencyKey?: string) =>
  createTestJob(world, phones(1), { actor, phoneNumberId, idempotencyKey });
const refused = (message: string) => ({ name: 'LimitReachedError', message, retryAfterSeconds: 60 });
const OWN = `Too many open jobs: ${NUMBER} has 2 open jobs of this caller, and the limit is 2; wait until some have ended, or cancel some`;

describe('a number has', () => {
  it('a limit of open jobs for each caller, all sessions of a role together; other callers still have room', async () => {
    const first = await create(`${ROLE}/import/monday`);
    await create(`${ROLE}/import/tuesday`);
    await expect(create(`${ROLE}/import/friday`)).rejects.toMatchObject(refused(OWN));
    expect(world.jobs.jobs.size).toBe(2);
    await create(`${ROLE}/support/jo`);
    await create(`${ROLE}/import/friday`, OTHER);
    await runJob(world, first);
    await create(`${ROLE}/import/friday`);
  });

  it('a limit of open jobs for all callers together', async () => {
    for (const actor of ['a', 'b', 'c', 'd']) await create(actor);
    await expect(create('e')).rejects.toMatchObject(
      refused(
        `Too many open jobs: ${NUMBER} has 4 open jobs, and the limit is 4; wait until some have ended, or cancel some`,
      ),
    );
  });
});

describe('a repeat of a request', () => {
  it('gets its job, even if the limit is reached', async () => {
    const mine = await create('a', NUMBER, 'k');
    await create('a');
    expect(await create('a', NUMBER, 'k')).toEqual(mine);
  });

  it('for several numbers needs room only for the jobs that are missing', async () => {
    const { list, action } = changeRequest(phones(1));
    const request = { list, action, actor: 'a', phoneNumberIds: [NUMBER, OTHER], idempotencyKey: 'k' };
    const { jobs } = await createJobs(world.deps, request);
    await create('a');
    const ids = jobs.map(({ job }) => job.id);
    expect((await createJobs(world.deps, request)).jobs.map(({ job }) => job.id)).toEqual(ids);

    const [first = '', second = ''] = ids;
    world.jobs.jobs.delete(second);
    expect((await createJobs(world.deps, request)).jobs.map(({ job }) => job.id)).toEqual(ids);
    world.jobs.jobs.delete(first);
    await create('a');
    await expect(createJobs(world.deps, request)).rejects.toMatchObject(refused(OWN));
  });
});

it('a request for several numbers is refused as a whole if one of them has reached its limit', async () => {
  const { list, action } = changeRequest(phones(1));
  await create('a', OTHER);
  await create('a', OTHER);
  const request = { list, action, actor: 'a', phoneNumberIds: [NUMBER, OTHER], idempotencyKey: 'k' };
  await expect(createJobs(world.deps, request)).rejects.toMatchObject(refused(OWN.replace(NUMBER, OTHER)));
  expect([world.jobs.jobs.size, world.jobs.batches.size]).toEqual([2, 0]);
});
