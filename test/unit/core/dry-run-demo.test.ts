/** The demo's list, first as a dry run and then for real, against the Graph simulator: what was said is what happens. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { GraphClient } from '../../../lambdas/adapters/graph/graph-client.ts';
import { forEachProvider } from '../../../lambdas/contract/providers.ts';
import type { Action } from '../../../lambdas/core/changes/outcome.ts';
import { finishJob } from '../../../lambdas/core/jobs/finish-job.ts';
import { getJob } from '../../../lambdas/core/jobs/get-job.ts';
import { listJobUsers } from '../../../lambdas/core/jobs/list-job-users.ts';
import { planChange } from '../../../lambdas/core/jobs/plan-change.ts';
import { processChunk } from '../../../lambdas/core/jobs/process-chunk.ts';
import { submitChange } from '../../../lambdas/core/jobs/submit-change.ts';
import { isAlias } from '../../../lambdas/core/users/mirror.ts';
import { distinct } from '../../../local/demo/check.ts';
import { DEMO_NUMBER } from '../../../local/demo/make-list.ts';
import { readUserList } from '../../../local/demo/read-list.ts';
import { startSchema } from '../../../local/graph-simulator/options.ts';
import { type GraphSimulator, startGraphSimulator } from '../../../local/graph-simulator/server.ts';
import { providerAddress } from '../../../local/provider-address.ts';
import { ACTOR, changeRequest, createWorld } from '../../support/world.ts';

const FOLDER = join(import.meta.dirname, '../../../local/demo');
const LIST = readUserList(join(FOLDER, 'users.csv'));
/** What only Graph knows: a number that is not on WhatsApp, the business's own, a user who did not write for a day. */
const ONLY_GRAPH_KNOWS: ReadonlySet<number | undefined> = new Set([100, 131021, 131047]);

let simulator: GraphSimulator;
beforeAll(async () => {
  simulator = await startGraphSimulator(
    startSchema.parse(JSON.parse(readFileSync(join(FOLDER, 'world.json'), 'utf8'))),
  );
});
afterAll(() => simulator.stop());

it('says of each user what the real run does, but for what only Graph knows', async () => {
  const { world, run, dryRun, statesOf, eventsOf } = demo();
  // Some are blocked already: for this reason, for another one, for a time. Some wait to be, and some are protected.
  const ordinary = LIST.filter((user) => /^\+?1650555\d{4}$/.test(user)).map((user) => user.replace('+', ''));
  const [same, other, protectedOnes] = [ordinary.slice(300, 340), ordinary.slice(340, 380), ordinary.slice(380, 390)];
  await run(same, { reason: 'list' });
  await run(other, { reason: 'earlier' });
  await run(['16505551000'], { reason: 'list', defer: true });
  for (const user of protectedOnes) {
    world.store.protectedUsers.set(user, { user, ids: [user], actor: ACTOR, protectedAt: 'x', revision: 1 });
  }
  world.clock.advance(60_000);

  const request = { reason: 'list', defer: true };
  const before = world.store.events.size;
  const plan = await dryRun('block', request);
  expect(world.store.events.size).toBe(before);
  expect(plan.isTruncated).toBe(false);
  expect(plan.users).toMatchObject({
    sent: LIST.length,
    distinct: distinct(LIST).size,
    protected: protectedOnes.length,
  });
  expect(plan.users.already).toBe([...statesOf().values()].filter((state) => state === 'blocked').length);
  expect(plan.users.already).toBeGreaterThan(70);
  const said = new Map(plan.results.map((result) => [result.input, result]));
  const [states, events] = [statesOf(), eventsOf()];

  const users = await run(LIST, request);
  expect(users).toHaveLength(distinct(LIST).size);
  const kinds = { fail: 0, nothing: 0, renewed: 0, new: 0, onlyGraph: 0 };
  for (const { input, outcome, code, message, waId, userId } of users) {
    const result = said.get(input);
    const id = waId ?? userId ?? '';
    const isRecorded = (eventsOf().get(id) ?? 0) > (events.get(id) ?? 0);
    if (result?.would === 'fail') {
      expect({ outcome, code }, input).toEqual({ outcome: 'failed', code: result.code });
      expect(message, input).toContain(result.message);
      kinds.fail += 1;
    } else if (outcome !== 'succeeded') {
      expect(ONLY_GRAPH_KNOWS.has(code), `${input}: ${code} ${message}`).toBe(true);
      kinds.onlyGraph += 1;
    } else if (result?.would === 'nothing') {
      expect(isRecorded, `${input}: ${JSON.stringify(result)}`).toBe(false);
      kinds.nothing += 1;
    } else {
      expect(isRecorded, input).toBe(true);
      expect(states.get(id) === 'blocked', input).toBe(result !== undefined && result.state === 'blocked');
      kinds[result ? 'renewed' : 'new'] += 1;
    }
  }
  expect(kinds.fail).toBe(plan.users.malformed + plan.users.protected);
  expect(kinds.nothing + kinds.renewed).toBe(plan.users.already);
  expect(kinds.new + kinds.onlyGraph).toBe(plan.users.new);
  expect(Math.min(...Object.values(kinds))).toBeGreaterThan(0);

  // What is blocked now can be unblocked, and a user who is not is told apart.
  const unblock = await dryRun('unblock', {});
  const blockedBefore = [...statesOf().values()].filter((state) => state === 'blocked').length;
  const unblocked = await run(LIST, { action: 'unblock' });
  const after = [...statesOf().values()].filter((state) => state === 'blocked').length;
  expect(unblocked).toHaveLength(unblock.users.distinct);
  expect(blockedBefore - after).toBe(
    unblock.users.new - unblock.results.filter(({ state }) => state === 'deferred').length,
  );
  expect(await dryRun('unblock', {})).toMatchObject({ users: { new: 0 } });
});

function demo() {
  const world = createWorld({ chunkSize: 250 });
  const graph = new GraphClient({
    version: 'v25.0',
    baseUrls: forEachProvider((provider) => providerAddress(simulator.url, provider)),
    log: { error: () => {}, info: () => {} },
  });
  world.tokens.replace('EAA-local-simulator-token');
  const deps = { ...world.deps, graph };
  const requestOf = (users: readonly string[], more: Parameters<typeof changeRequest>[1]) =>
    changeRequest(users, { phoneNumberId: DEMO_NUMBER, respondAsync: true, ...more });
  const mirror = () => [...world.store.users.values()].flatMap((item) => (isAlias(item) ? [] : [item]));
  return {
    world,
    /** As a job; gives the outcome of each user. */
    async run(users: readonly string[], more: Parameters<typeof changeRequest>[1]) {
      const submitted = await submitChange(deps, requestOf(users, more));
      if (submitted.kind !== 'job') throw new Error('Expected a job');
      const { id: jobId, run, chunkCount } = submitted.job;
      for (let chunk = 0; chunk < chunkCount; chunk += 1) {
        for (let result = 'requeue'; result !== 'done'; world.clock.advance(1_000)) {
          ({ result } = await processChunk(deps, { jobId, run, chunk }));
        }
      }
      await finishJob(deps, { jobId, run });
      return (await listJobUsers(world.jobs, await getJob(world.jobs, jobId), { limit: 10_000 })).users;
    },
    dryRun: (action: Action, more: Parameters<typeof changeRequest>[1]) =>
      planChange(deps, { ...requestOf(LIST, more), action, dryRun: true }),
    statesOf: () => new Map(mirror().map(({ user, state }) => [user, state])),
    eventsOf: () => {
      const counts = new Map<string, number>();
      for (const { user } of world.store.events.values()) counts.set(user, (counts.get(user) ?? 0) + 1);
      return counts;
    },
  };
}
