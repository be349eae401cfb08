/** Whoever is protected is never blocked: in requests, jobs, deferred blocks, moves, and under ids that nobody knew. */
import { beforeEach, describe, expect, it } from 'vitest';
import { runChange } from '../../../lambdas/core/changes/run-change.ts';
import { EVERY_NUMBER } from '../../../lambdas/core/ids.ts';
import { submitChange } from '../../../lambdas/core/jobs/submit-change.ts';
import { protectUser } from '../../../lambdas/core/protection/protect-user.ts';
import type { ProtectedUser } from '../../../lambdas/core/protection/protected-user.ts';
import { retryDeferredBlocks } from '../../../lambdas/core/scheduled/retry-deferred-blocks.ts';
import { receiveWebhook } from '../../../lambdas/core/webhook/receive-webhook.ts';
import {
  ACTOR,
  changeRequest,
  createTestJob,
  createWorld,
  delivery,
  historyOf,
  NUMBER,
  phones,
  runJob,
  type World,
} from '../../support/world.ts';

const [SAFE = '', OTHER = '', THIRD = ''] = phones(3);
const REFUSED = { code: 100, message: '(#100) Protected user', blocklistCode: 'protected_user' };
const SILENT = { code: 131047, message: 'Re-engagement message' };

let world: World;
beforeEach(() => {
  world = createWorld();
});

function protect(user: string, ...ids: readonly string[]): void {
  const entry: ProtectedUser = { user, ids: [user, ...ids], actor: ACTOR, protectedAt: world.clock.iso(), revision: 1 };
  world.store.protectedUsers.set(user, entry);
}

/** More than a container keeps the list. */
const later = () => world.clock.advance(20_001);

async function block(users: readonly string[], more: Parameters<typeof changeRequest>[1] = {}) {
  const change = await submitChange(world.deps, changeRequest(users, more));
  if (change.kind !== 'outcomes') throw new Error('Expected outcomes');
  return change.results;
}
const sentIds = () => world.graph.calls.flatMap(({ action, ids }) => ids.map((id) => `${action} ${id}`));

describe('a request', () => {
  it('fails for the protected user alone, who is not sent, and records the refusal', async () => {
    protect(SAFE);
    const results = await block([OTHER, SAFE, THIRD]);
    expect(results).toMatchObject([{ waId: OTHER }, { failure: REFUSED }, { waId: THIRD }]);
    expect(sentIds()).toEqual([`block ${OTHER}`, `block ${THIRD}`]);
    expect(historyOf(world, SAFE)).toEqual(['block failed 100']);
    expect(await world.store.getSummary(NUMBER)).toMatchObject({ size: 2 });
  });

  it('that has nobody else does not call Graph, and does not put the number into use', async () => {
    protect(SAFE);
    expect(await block([SAFE])).toMatchObject([{ failure: REFUSED }]);
    expect(world.graph.calls).toEqual([]);
    expect(await world.store.isRegistered(NUMBER)).toBe(false);
    expect(await world.store.listOpenOperations(NUMBER)).toEqual([]);
  });

  it('is refused for the protection, not for want of room, on a full list', async () => {
    world = createWorld({ listLimit: 1 });
    await block([OTHER]);
    protect(SAFE);
    later();
    expect(await block([SAFE])).toMatchObject([{ failure: REFUSED }]);
    await expect(block([SAFE, THIRD])).rejects.toMatchObject({ code: 139101 });
  });

  it('may unblock whoever is protected', async () => {
    await block([SAFE]);
    protect(SAFE);
    later();
    expect(await block([SAFE], { action: 'unblock' })).toMatchObject([{ waId: SAFE }]);
    expect(world.graph.blocked).toEqual(new Set());
  });

  it('leaves a block as it is that was there before the protection', async () => {
    await block([SAFE]);
    protect(SAFE);
    later();
    expect(await block([SAFE], { reason: 'again' })).toMatchObject([{ failure: REFUSED }]);
    expect((await world.store.getUsers(NUMBER, [SAFE])).get(SAFE)).toMatchObject({
      state: 'blocked',
      reason: undefined,
    });
    expect(historyOf(world, SAFE)).toEqual(['block succeeded', 'block failed 100']);
  });
});

describe('the list of the protected', () => {
  it('is read once in 20 seconds, whatever is blocked', async () => {
    let reads = 0;
    const list = world.store.listProtectedIds.bind(world.store);
    world.store.listProtectedIds = () => {
      reads += 1;
      return list();
    };
    await block(phones(500));
    await block([OTHER]);
    expect(reads).toBe(1);
    protect(SAFE);
    later();
    expect(await block([SAFE])).toMatchObject([{ failure: REFUSED }]);
    expect(reads).toBe(2);
    world.store.protectedUsers.clear();
    later();
    expect(await block([SAFE])).toMatchObject([{ waId: SAFE }]);
  });

  it('that cannot be read stops blocks, and no unblock', async () => {
    await block([OTHER]);
    later();
    const list = world.store.listProtectedIds;
    world.store.listProtectedIds = async () => Promise.reject(new Error('DynamoDB is down'));
    await expect(block([SAFE])).rejects.toThrow('DynamoDB is down');
    expect(await block([OTHER], { action: 'unblock' })).toMatchObject([{ waId: OTHER }]);
    expect(sentIds()).toEqual([`block ${OTHER}`, `unblock ${OTHER}`]);
    // The fault is not kept.
    world.store.listProtectedIds = list;
    expect(await block([SAFE])).toMatchObject([{ waId: SAFE }]);
  });
});

describe('a job', () => {
  it('fails for the protected user alone, whatever its chunk', async () => {
    world = createWorld({ chunkSize: 2 });
    protect(SAFE);
    const job = await runJob(world, await createTestJob(world, [SAFE, OTHER, THIRD]));
    expect(job).toMatchObject({ status: 'partially_failed', progress: { users: { succeeded: 2, failed: 1 } } });
    const { outcomes } = await world.jobs.loadChunk(job?.id ?? '', 0);
    expect(outcomes.placed).toEqual([
      {
        index: 0,
        code: 100,
        message:
          '(#100) Protected user: This user is protected: nobody can block them, on any number, until an operator ends the protection',
      },
    ]);
  });

  it('that resumes a request of a worker that died does not claim to know', async () => {
    const job = await createTestJob(world, [SAFE]);
    world.graph.refusals.push(undefined);
    const save = world.store.completeOperation;
    world.store.completeOperation = () => Promise.reject(new Error('The worker died'));
    const put = world.store.putUsers;
    world.store.putUsers = () => Promise.reject(new Error('The worker died'));
    await expect(runJob(world, job)).rejects.toThrow('The worker died');
    Object.assign(world.store, { completeOperation: save, putUsers: put });
    protect(SAFE);
    later();
    await runJob(world, job);
    const { outcomes } = await world.jobs.loadChunk(job.id, 0);
    expect(outcomes.placed).toMatchObject([{ code: 100, message: expect.stringContaining('may or may not') }]);
    expect(await world.store.listOpenOperations(NUMBER)).toMatchObject([{ status: 'uncertain', ids: [SAFE] }]);
  });
});

describe('a deferred block', () => {
  beforeEach(async () => {
    world.graph.failures.set(SAFE, [SILENT]);
    await block([SAFE], { defer: true });
    protect(SAFE);
    later();
  });
  const stateOf = async () => (await world.store.getUsers(NUMBER, [SAFE])).get(SAFE);

  it('ends when the schedule comes to it', async () => {
    world.clock.advance(3_600_000);
    expect(await retryDeferredBlocks(world.deps)).toMatchObject({ failed: 1, deferred: 0 });
    expect(await stateOf()).toMatchObject({ state: 'unblocked', lastFailure: { code: 100 } });
    expect(sentIds()).toEqual([`block ${SAFE}`]);
    expect(historyOf(world, SAFE)).toEqual(['block deferred 131047', 'block failed 100']);
    expect(await world.store.getSummary(NUMBER)).toMatchObject({ deferred: 0, size: 0 });
  });

  it('ends when its user writes', async () => {
    const numbers = [{ phoneNumberId: NUMBER, senders: [SAFE], changes: [] }];
    expect(await receiveWebhook(world.deps, delivery({ numbers }))).toMatchObject({ blocked: 0, waiting: 0 });
    expect(await stateOf()).toMatchObject({ state: 'unblocked' });
    expect(sentIds()).toEqual([`block ${SAFE}`]);
  });
});

describe('an id that nobody knew as the protected user', () => {
  const BSUID = 'US.13491208655302741918';
  const blockBsuid = () => block([BSUID, OTHER]);
  beforeEach(() => {
    world.graph.names.set(BSUID, { waId: SAFE, userId: BSUID });
  });

  it('is blocked and unblocked at once, and is known from then on', async () => {
    protect(SAFE);
    expect(await blockBsuid()).toMatchObject([{ failure: REFUSED }, { waId: OTHER }]);
    expect(world.graph.blocked).toEqual(new Set([OTHER]));
    expect(sentIds()).toEqual([`block ${BSUID}`, `block ${OTHER}`, `unblock ${BSUID}`]);
    expect(world.store.protectedUsers.get(SAFE)).toMatchObject({ ids: [SAFE, BSUID], revision: 2 });
    expect(historyOf(world, SAFE)).toEqual(['block failed 100']);
    expect(await blockBsuid()).toMatchObject([{ failure: REFUSED }, {}]);
    expect(sentIds().slice(3)).toEqual([`block ${OTHER}`]);
  });

  it('is left as it is if the user was blocked before', async () => {
    await block([SAFE]);
    protect(SAFE);
    later();
    expect(await blockBsuid()).toMatchObject([{ failure: REFUSED }, {}]);
    expect(world.graph.blocked).toEqual(new Set([SAFE, OTHER]));
    expect((await world.store.getUsers(NUMBER, [SAFE])).get(SAFE)).toMatchObject({ state: 'blocked' });
    expect(await world.store.listOpenOperations(NUMBER)).toEqual([]);
  });

  it('does not wait as deferred if Graph refuses them now, and is known from then on', async () => {
    protect(SAFE);
    world.graph.namesRefused = true;
    world.graph.failures.set(BSUID, [SILENT]);
    const [first] = await block([BSUID, OTHER], { defer: true });
    expect(first).toMatchObject({ failure: REFUSED });
    expect(first?.deferral).toBeUndefined();
    expect(world.store.protectedUsers.get(SAFE)?.ids).toEqual([SAFE, BSUID]);
    expect((await world.store.getUsers(NUMBER, [SAFE])).get(SAFE)).toMatchObject({ state: 'unknown' });
    expect(sentIds()).toEqual([`block ${BSUID}`, `block ${OTHER}`]);
  });

  it('is uncertain if Graph does not take the block back', async () => {
    protect(SAFE);
    world.graph.refuse(
      undefined,
      ...Array.from({ length: 9 }, () => ({ kind: 'transient', code: 2, message: 'x' }) as const),
    );
    const [first] = await blockBsuid();
    expect(first?.failure).toMatchObject({ ...REFUSED, maybeApplied: true });
    expect(await world.store.listOpenOperations(NUMBER)).toMatchObject([{ status: 'uncertain', ids: [BSUID] }]);
  });
});

it('is not blocked to converge either: the operation is uncertain instead', async () => {
  await block([SAFE]);
  protect(SAFE);
  later();
  // An unblock that began before that block, and is answered after it.
  const startedAt = new Date(world.clock.now() - 60_000).toISOString();
  const operation = {
    operationId: 'op-early',
    phoneNumberId: NUMBER,
    action: 'unblock',
    startedAt,
    source: 'api',
    users: 1,
    ids: [SAFE],
    actor: ACTOR,
  } as const;
  const asked: string[] = [];
  await runChange(
    world.deps,
    { operation, identities: [{ kind: 'phone', id: SAFE }], observedAt: startedAt },
    async (action, identities) => {
      asked.push(action);
      return identities.map((identity) => ({ identity }));
    },
  );
  expect(asked).toEqual(['unblock']);
  expect(await world.store.listOpenOperations(NUMBER)).toMatchObject([{ status: 'uncertain', conflicting: [SAFE] }]);
});

describe('a protected user who moves', () => {
  const NEW = '16505559999';
  const at = () => new Date(Math.floor(world.clock.now() / 1000) * 1000).toISOString();
  const move = (from: readonly string[], to: { waId?: string; userId?: string; at?: string }, verdict?: 'not_signed') =>
    receiveWebhook(
      world.deps,
      delivery(
        {
          numbers: [
            {
              phoneNumberId: NUMBER,
              senders: [],
              changes: [{ action: 'user_changed_number', at: at(), from, ...to }],
            },
          ],
        },
        verdict,
      ),
    );

  it('is protected by the new number too, once, with an event of every number', async () => {
    protect(SAFE);
    await move([SAFE], { waId: NEW, userId: 'US.1' });
    await move([SAFE], { waId: NEW, userId: 'US.1' });
    expect(world.store.protectedUsers.get(SAFE)).toMatchObject({ ids: [SAFE, NEW, 'US.1'], revision: 2 });
    expect(await block([NEW])).toMatchObject([{ failure: REFUSED }]);
    expect(await world.store.pageEvents(EVERY_NUMBER, [SAFE], { limit: 9 })).toMatchObject([
      { action: 'user_changed_number', previous: SAFE, source: 'webhook', onBehalfOf: 'whatsapp' },
    ]);
  });

  const idsOf = () => world.store.protectedUsers.get(SAFE)?.ids;
  const SECOND_MS = 1_000;

  it('is not meant by news from before the protection, when somebody else may have had the number', async () => {
    world.clock.advance(999);
    const before = at();
    world.clock.advance(SECOND_MS);
    protect(SAFE);
    await move([SAFE], { waId: NEW, at: before });
    expect(idsOf()).toEqual([SAFE]);
    // Meta dates it to the second, and it may have begun before the protection.
    await move([SAFE], { waId: NEW });
    expect(idsOf()).toEqual([SAFE, NEW]);
  });

  it('is not meant by news about the next owner of a number that they left, however often it comes', async () => {
    protect(SAFE);
    world.clock.advance(SECOND_MS);
    const first = at();
    await move([SAFE], { waId: NEW });
    world.clock.advance(SECOND_MS);
    await move([SAFE], { waId: '16505550077', userId: 'US.2' });
    expect(idsOf()).toEqual([SAFE, NEW]);
    // The next number that they have is theirs, and so is the first again, if they go back to it.
    await move([NEW], { waId: '16505550088' });
    world.clock.advance(SECOND_MS);
    await move(['16505550088'], { waId: SAFE });
    world.clock.advance(SECOND_MS);
    await move([SAFE], { waId: '16505550099' });
    const all = [SAFE, NEW, '16505550088', '16505550099'];
    expect(idsOf()).toEqual(all);
    const { revision } = world.store.protectedUsers.get(SAFE) ?? {};
    await move([SAFE], { waId: NEW, at: first });
    await move([NEW], { waId: '16505550066' });
    expect(world.store.protectedUsers.get(SAFE)).toMatchObject({ ids: all, revision });
  });

  it('keeps a BSUID that the news has as the old and as the new one', async () => {
    protect(SAFE, 'US.1');
    await move([SAFE, 'US.1'], { waId: NEW, userId: 'US.1' });
    world.clock.advance(SECOND_MS);
    await move(['US.1'], { userId: 'US.3' });
    expect(idsOf()).toEqual([SAFE, 'US.1', NEW, 'US.3']);
  });

  it('is known by the times of their moves after another operator has protected them', async () => {
    protect(SAFE);
    await move([SAFE], { waId: NEW });
    world.clock.advance(SECOND_MS);
    await protectUser(world.deps, { id: NEW, actor: 'arn:other' });
    await move([SAFE], { waId: '16505550077' });
    expect(idsOf()).toEqual([SAFE, NEW]);
  });

  it('is not followed by an unsigned webhook', async () => {
    protect(SAFE);
    await move([SAFE], { waId: NEW }, 'not_signed');
    expect(world.store.protectedUsers.get(SAFE)?.ids).toEqual([SAFE]);
  });

  it('keeps a block where it is, and the answer says so', async () => {
    await block([SAFE]);
    protect(SAFE);
    later();
    expect(await move([SAFE], { waId: NEW })).toMatchObject({
      moved: 0,
      notFollowed: [{ reason: 'protected_user', count: 1 }],
    });
    expect(world.graph.blocked).toEqual(new Set([SAFE]));
  });

  it('whose new number belongs to somebody protected is not blocked there', async () => {
    await block([OTHER]);
    protect(NEW);
    later();
    expect(await move([OTHER], { waId: NEW })).toMatchObject({ notFollowed: [{ reason: 'protected_user' }] });
    expect(world.graph.blocked).toEqual(new Set([OTHER]));
  });
});
