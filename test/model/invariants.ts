import { addTotals, deltaBetween, isNothing, NO_TOTALS, totalsOf } from '../../lambdas/core/changes/totals.ts';
import type { AuditEvent } from '../../lambdas/core/history/audit-event.ts';
import { listChunks } from '../../lambdas/core/jobs/chunks.ts';
import { isFinal, progressOf } from '../../lambdas/core/jobs/job.ts';
import { listJobUsers } from '../../lambdas/core/jobs/list-job-users.ts';
import type { ListedUser } from '../../lambdas/core/ports/blocklist-store.ts';
import { isAlias, type MirrorUser } from '../../lambdas/core/users/mirror.ts';
import { followingAlias } from '../../lambdas/core/users/read-users.ts';
import { EVERYONE, NUMBERS } from './commands.ts';
import { wrongEvents } from './events.ts';
import { allJobs, wrongReverts } from './reverts.ts';
import type { ModelService } from './service.ts';

/** What must hold once the faults have stopped and one sweep and one reconciliation have run. Gives what does not. */
export async function brokenInvariants(service: ModelService): Promise<string[]> {
  const broken = [...service.complaints];
  for (const number of NUMBERS) {
    for (const differs of [mirrorDiffers, historyDiffers, openOperations, overdue]) {
      for (const fact of await differs(service, number)) broken.push(`${number}: ${fact}`);
    }
  }
  for (const { id } of await allJobs(service)) broken.push(...(await jobDiffers(service, id)));
  for (const jobId of service.jobs) {
    if (!(await service.stored.jobs.getJob(jobId))) broken.push(`job ${jobId} was accepted and is gone`);
  }
  return [...broken, ...(await wrongReverts(service)), ...(await wrongEvents(service))];
}

/** mirror = Graph's list, and so is its size. */
async function mirrorDiffers(service: ModelService, number: string): Promise<string[]> {
  const { store } = service.stored;
  const listed = [...service.listOf(number)].sort();
  const counted: ListedUser[] = [];
  for await (const page of store.listMirror(number)) {
    counted.push(...page.flatMap((item) => ('aliasOf' in item ? [] : [item])));
  }
  const blocked = counted.filter(({ state }) => state === 'blocked').map(({ user }) => user);
  const summary = (await store.getSummary(number, true)) ?? NO_TOTALS;
  const recorded = counted.map(totalsOf).reduce(addTotals, NO_TOTALS);
  return [
    ...(listed.join() === blocked.sort().join() ? [] : [`Graph lists ${listed}, the mirror ${blocked}`]),
    ...(isNothing(deltaBetween(summary, recorded))
      ? []
      : [`the counts are ${JSON.stringify(summary)}, and ${JSON.stringify(recorded)} on the mirror`]),
  ];
}

/**
 * A history ends with the change that brought the user to the present state. However often an operation was repeated, its
 * change is recorded once. If two operations overlapped, Graph may have carried out the first of them last, and then it is
 * recorded again, after the other.
 */
async function historyDiffers(service: ModelService, number: string): Promise<string[]> {
  const broken: string[] = [];
  const states = new Map((await mirrorOf(service, number)).map(({ user, state }) => [user, state]));
  for (const user of EVERYONE) {
    const changes = await changesOf(service, number, user);
    const last = changes.at(-1)?.action;
    const isErased = last === undefined && service.erased.has(user);
    if ((last === 'block') !== (states.get(user) === 'blocked') && !isErased) {
      broken.push(
        `${user} is ${states.get(user) ?? 'not on the mirror'}, and the history ends with ${last ?? 'nothing'}`,
      );
    }
    for (const { at, source, expiresAt } of changes) {
      if (source === 'expiry' && expiresAt !== undefined && at < expiresAt) {
        broken.push(`${user} was unblocked at ${at}, and their block was to end at ${expiresAt}`);
      }
    }
    for (const [index, { action, operationId }] of changes.entries()) {
      const before = changes[index - 1];
      // A scheduled action that was undone for a caller who had changed their mind is recorded as both.
      if (operationId !== before?.operationId || action !== before.action) continue;
      broken.push(`${user} has the ${action} of operation ${operationId} twice in a row`);
    }
  }
  return broken;
}

/** Changes of a user that succeeded, oldest first. */
async function changesOf(service: ModelService, number: string, user: string): Promise<AuditEvent[]> {
  const events = await service.stored.store.pageEvents(number, [user], { limit: 1_000 });
  return events
    .filter(({ action, outcome }) => outcome === 'succeeded' && (action === 'block' || action === 'unblock'))
    .reverse();
}

async function mirrorOf(service: ModelService, number: string): Promise<MirrorUser[]> {
  const stored = await service.stored.store.getUsers(number, EVERYONE, true);
  return [...stored.values()].flatMap((item) => (isAlias(item) ? [] : [item]));
}

async function openOperations(service: ModelService, number: string): Promise<string[]> {
  const open = await service.stored.store.listOpenOperations(number);
  return open.map(({ operationId, status, source }) => `operation ${operationId} of ${source} is ${status}`);
}

/** No temporary block outlives its end, and no deferred block waits if Graph would accept it. */
async function overdue(service: ModelService, number: string): Promise<string[]> {
  const now = new Date(service.now()).toISOString();
  return (await mirrorOf(service, number)).flatMap(({ user, state, expiresAt }) => {
    if (state === 'blocked' && expiresAt !== undefined && expiresAt <= now)
      return [`${user} is blocked past ${expiresAt}`];
    if (state !== 'deferred') return [];
    if (expiresAt !== undefined && expiresAt <= now) return [`${user} is deferred past ${expiresAt}`];
    return service.mayBeBlocked(user) ? [`${user} is deferred, and could be blocked`] : [];
  });
}

/** Every accepted entry has exactly one final outcome, and the counts add up. */
async function jobDiffers(service: ModelService, jobId: string): Promise<string[]> {
  const { jobs } = service.stored;
  const job = await jobs.getJob(jobId);
  if (!job) return [`job ${jobId} was accepted and is gone`];
  const { users, chunks } = progressOf(job, await listChunks(jobs, job));
  const listed = await listJobUsers(jobs, job, { limit: 1_000 });
  const outcomes = { succeeded: 0, failed: 0, deferred: 0 };
  for (const { outcome } of listed.users) outcomes[outcome] += 1;
  const facts: [string, boolean][] = [
    [`is ${job.status}`, isFinal(job.status)],
    [`has ${listed.users.length} outcomes for ${job.total} users`, listed.users.length === job.total],
    [
      `counts ${JSON.stringify(users)}`,
      users.remaining === 0 && users.succeeded + users.failed + users.deferred === job.total,
    ],
    [
      `counts ${JSON.stringify(users)} and lists ${JSON.stringify(outcomes)}`,
      users.succeeded === outcomes.succeeded &&
        users.failed === outcomes.failed &&
        users.deferred === outcomes.deferred,
    ],
    [`has open chunks: ${JSON.stringify(chunks)}`, chunks.done + chunks.failed === chunks.total],
    [
      'ended with other counts than it has',
      job.progress?.users.succeeded === users.succeeded && job.progress.users.failed === users.failed,
    ],
  ];
  return facts.flatMap(([fact, holds]) => (holds ? [] : [`job ${jobId} ${fact}`]));
}

/**
 * If nothing fails, and nobody else changes the list, the history records each change of a user, in the order in which Graph
 * made them.
 */
export async function inexactHistories(service: ModelService): Promise<string[]> {
  if (service.changes.some(({ by }) => by === 'external')) return [];
  const broken: string[] = [];
  for (const number of NUMBERS) {
    for (const { user } of await mirrorOf(service, number)) {
      if (service.erased.has(user)) continue;
      const happened = service.changes
        .filter((change) => change.number === number && change.user === user)
        .map(({ action }) => action);
      const recorded = (await changesOf(service, number, user)).map(({ action }) => action);
      // Told as well: that somebody was not blocked when first unblocked, and that another caller blocked them again.
      const changes = recorded.filter((action, index) => action !== (recorded[index - 1] ?? 'unblock'));
      if (changes.join() !== happened.join()) {
        broken.push(`${number}: ${user} went through ${happened}, and the history records ${recorded}`);
      }
    }
  }
  return broken;
}

/** If nothing fails, every other id of a user, also one from before, leads to the user as readers follow it, and to nobody who has left. */
export async function astray(service: ModelService): Promise<string[]> {
  const broken: string[] = [];
  for (const number of NUMBERS) {
    const stored = await service.stored.store.getUsers(number, EVERYONE, true);
    for (const [id, item] of stored) {
      if (!isAlias(item)) continue;
      const user = stored.get(followingAlias(item.aliasOf, stored.get(item.aliasOf)));
      if (user === undefined || isAlias(user))
        broken.push(`${number}: ${id} leads to ${item.aliasOf}, who is not there`);
    }
  }
  return broken;
}

/**
 * If nobody else changes a list, and nothing fails, every change is known to be this service's. The exception is a renewal at
 * the moment in which a block ends, of a user whom Graph then refuses to block again (`docs/reliability.md`).
 */
export async function strangersDoing(service: ModelService): Promise<string[]> {
  const broken: string[] = [];
  for (const number of NUMBERS) {
    for (const user of EVERYONE) {
      for (const { source, action } of await changesOf(service, number, user)) {
        const isRefused = action === 'unblock' && !service.mayBeBlocked(user);
        if (source === 'external' && !isRefused)
          broken.push(`${number}: the ${action} of ${user} is recorded as somebody else's`);
      }
    }
  }
  return broken;
}

/** Who is blocked for a caller is blocked on the terms of that caller's request. */
export async function missingTerms(service: ModelService): Promise<string[]> {
  const broken: string[] = [];
  for (const number of NUMBERS) {
    const { operations } = await service.stored.store.pageOperations(number, { limit: 1_000 });
    const asked = new Map(operations.map((operation) => [operation.operationId, operation]));
    for (const { user, state, source, change, operationId, expiresAt } of await mirrorOf(service, number)) {
      const operation = asked.get(operationId);
      if (state !== 'blocked' || change === 'confirmed' || (source !== 'api' && source !== 'job') || !operation)
        continue;
      if (operation.expiresAt !== expiresAt) {
        broken.push(`${number}: ${user} is blocked until ${expiresAt}, and was to be until ${operation.expiresAt}`);
      }
    }
  }
  return broken;
}
