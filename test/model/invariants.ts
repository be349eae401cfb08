import { type AuditEvent, isAlias, type MirrorUser } from '../../lambdas/core/blocklist/mirror.ts';
import { listChunks } from '../../lambdas/core/jobs/chunks.ts';
import { isFinal, progressOf } from '../../lambdas/core/jobs/job.ts';
import { listJobUsers } from '../../lambdas/core/jobs/list-job-users.ts';
import { NUMBERS, OTHER_WA_ID, USERS } from './commands.ts';
import type { ModelService } from './service.ts';

/** What must hold once the faults have stopped and one sweep and one reconciliation have run. Gives what does not. */
export async function brokenInvariants(service: ModelService): Promise<string[]> {
  const broken = [...service.complaints];
  for (const number of NUMBERS) {
    for (const differs of [mirrorDiffers, historyDiffers, openOperations]) {
      for (const fact of await differs(service, number)) broken.push(`${number}: ${fact}`);
    }
  }
  for (const jobId of service.jobs) broken.push(...(await jobDiffers(service, jobId)));
  return broken;
}

/** mirror = Graph's list, and so is its size. */
async function mirrorDiffers(service: ModelService, number: string): Promise<string[]> {
  const { store } = service.stored;
  const listed = [...service.listOf(number)].sort();
  const blocked: string[] = [];
  for await (const page of store.listBlocked(number)) blocked.push(...page.map(({ user }) => user));
  const size = (await store.getSummary(number, true))?.size ?? 0;
  return [
    ...(listed.join() === blocked.sort().join() ? [] : [`Graph lists ${listed}, the mirror ${blocked}`]),
    ...(size === listed.length ? [] : [`the size is ${size}, and ${listed.length} are listed`]),
  ];
}

/**
 * A history ends with the change that brought the user to the present state. However often an operation was repeated, it
 * tells what it did once; where two operations overlapped, Graph may have carried out the first of them last, and then it
 * is told again, after the other.
 */
async function historyDiffers(service: ModelService, number: string): Promise<string[]> {
  const broken: string[] = [];
  const states = new Map((await mirrorOf(service, number)).map(({ user, state }) => [user, state]));
  for (const user of [...USERS, ...Object.values(OTHER_WA_ID)]) {
    const changes = await changesOf(service, number, user);
    const last = changes.at(-1)?.action;
    if ((last === 'block') !== (states.get(user) === 'blocked')) {
      broken.push(
        `${user} is ${states.get(user) ?? 'not on the mirror'}, and the history ends with ${last ?? 'nothing'}`,
      );
    }
    for (const [index, { action, operationId }] of changes.entries()) {
      if (operationId !== changes[index - 1]?.operationId) continue;
      broken.push(`${user} has the ${action} of operation ${operationId} twice in a row`);
    }
  }
  return broken;
}

/** Changes of a user that succeeded, oldest first. */
async function changesOf(service: ModelService, number: string, user: string): Promise<AuditEvent[]> {
  const events = await service.stored.store.pageEvents(number, [user], { limit: 1_000 });
  return events.filter(({ outcome }) => outcome === 'succeeded').reverse();
}

async function mirrorOf(service: ModelService, number: string): Promise<MirrorUser[]> {
  const ids = [...USERS, ...Object.values(OTHER_WA_ID)];
  const stored = await service.stored.store.getUsers(number, ids, true);
  return [...stored.values()].flatMap((item) => (isAlias(item) ? [] : [item]));
}

async function openOperations(service: ModelService, number: string): Promise<string[]> {
  const open = await service.stored.store.listOpenOperations(number);
  return open.map(({ operationId, status, source }) => `operation ${operationId} of ${source} is ${status}`);
}

/** Every accepted entry has exactly one final outcome, and the counts add up. */
async function jobDiffers(service: ModelService, jobId: string): Promise<string[]> {
  const { jobs } = service.stored;
  const job = await jobs.getJob(jobId);
  if (!job) return [`job ${jobId} was accepted and is gone`];
  const { users, chunks } = progressOf(job, await listChunks(jobs, job));
  const listed = await listJobUsers(jobs, job, { limit: 1_000 });
  const outcomes = { succeeded: 0, failed: 0 };
  for (const { outcome } of listed.users) outcomes[outcome] += 1;
  const facts: [string, boolean][] = [
    [`is ${job.status}`, isFinal(job.status)],
    [`has ${listed.users.length} outcomes for ${job.total} users`, listed.users.length === job.total],
    [`counts ${JSON.stringify(users)}`, users.remaining === 0 && users.succeeded + users.failed === job.total],
    [
      `counts ${JSON.stringify(users)} and lists ${JSON.stringify(outcomes)}`,
      users.succeeded === outcomes.succeeded && users.failed === outcomes.failed,
    ],
    [`has open chunks: ${JSON.stringify(chunks)}`, chunks.done + chunks.failed === chunks.total],
    [
      'ended with other counts than it has',
      job.progress?.users.succeeded === users.succeeded && job.progress.users.failed === users.failed,
    ],
  ];
  return facts.flatMap(([fact, holds]) => (holds ? [] : [`job ${jobId} ${fact}`]));
}

/** Where nothing fails, and nobody else changes the list, the history tells each change of a user, in the order in which Graph made them. */
export async function inexactHistories(service: ModelService): Promise<string[]> {
  if (service.changes.some(({ by }) => by === 'external')) return [];
  const broken: string[] = [];
  for (const number of NUMBERS) {
    for (const { user } of await mirrorOf(service, number)) {
      const happened = service.changes
        .filter((change) => change.number === number && change.user === user)
        .map(({ action }) => action);
      const told = (await changesOf(service, number, user)).map(({ action }) => action);
      // Told as well: that somebody was not blocked when first unblocked, and that another caller blocked them again.
      const changes = told.filter((action, index) => action !== (told[index - 1] ?? 'unblock'));
      if (changes.join() !== happened.join()) {
        broken.push(`${number}: ${user} went through ${happened}, and the history tells ${told}`);
      }
    }
  }
  return broken;
}
