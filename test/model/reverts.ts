import { OPERATION_DEADLINE_MS, type RecordedOperation } from '../../lambdas/core/changes/operation.ts';
import type { AuditEvent } from '../../lambdas/core/history/audit-event.ts';
import type { Job } from '../../lambdas/core/jobs/job.ts';
import { isAlias } from '../../lambdas/core/users/mirror.ts';
import { EVERYONE, NUMBERS } from './commands.ts';
import type { ModelService } from './service.ts';

/** Every job that is stored, also one whose caller never learned of it. */
export async function allJobs({ stored: { jobs } }: ModelService): Promise<readonly Job[]> {
  const pages = await Promise.all(NUMBERS.map((phoneNumberId) => jobs.pageJobs({ phoneNumberId, limit: 1_000 })));
  return pages.flatMap((page) => page.jobs);
}

/** A job is reverted once, and its revert changes nobody whom somebody else changed after the job. */
export async function wrongReverts(service: ModelService): Promise<string[]> {
  const all = await allJobs(service);
  const broken: string[] = [];
  for (const job of all) {
    const reverts = all.filter(({ reverts }) => reverts === job.id).map(({ id }) => id);
    const named = job.activity?.filter(({ verb }) => verb === 'reverted').length ?? 0;
    const expected = job.revertedBy === undefined ? [] : [job.revertedBy];
    if (reverts.join() !== expected.join() || named !== expected.length) {
      broken.push(`job ${job.id} is reverted by ${reverts}, and names ${named} of ${job.revertedBy}`);
    }
  }
  for (const number of NUMBERS) {
    const operations = await operationsOf(service, number);
    for (const user of EVERYONE) {
      const changes = (await eventsOf(service, number, user)).filter(({ outcome }) => outcome !== 'failed');
      for (const [index, event] of changes.entries()) {
        const job = all.find(({ id }) => id === event.jobId);
        if (job?.reverts === undefined || index === 0) continue;
        // The block came along with its user, from another id.
        if (event.source === 'webhook' && (await hasMoved(service, number, user))) continue;
        const isBehind = ({ jobId }: AuditEvent) => jobId === job.reverts || jobId === job.id;
        const earlier = changes.slice(0, index);
        const place = earlier.findLastIndex(isBehind);
        const behind = earlier[place];
        // If two overlapped, neither came after the other, and the mirror says whose work it is.
        const isBeside = (other: AuditEvent, one: AuditEvent | undefined) =>
          one !== undefined && overlaps(operations, one, other) && overlaps(operations, other, one);
        const strangers = earlier
          .slice(place + 1)
          .filter((other) => !overlaps(operations, other, event) && !isBeside(other, behind));
        for (const { at } of strangers)
          broken.push(`${number}: ${job.id} changed ${user}, whom somebody changed at ${at}`);
      }
    }
  }
  return broken;
}

/**
 * Whether Graph may still have been at work for the one when the other began. Then neither came after the other. Nobody knows
 * how long an operation took whose answer was never recorded, and it is not resolved before its deadline.
 */
function overlaps(operations: ReadonlyMap<string, RecordedOperation>, one: AuditEvent, other: AuditEvent): boolean {
  const [first, second] = [operations.get(one.operationId), operations.get(other.operationId)];
  if (!first || !second) return false;
  return Date.parse(first.startedAt) + (first.durationMs ?? OPERATION_DEADLINE_MS) >= Date.parse(second.startedAt);
}

async function operationsOf({ stored: { store } }: ModelService, number: string) {
  const { operations } = await store.pageOperations(number, { limit: 1_000 });
  return new Map(operations.map((operation) => [operation.operationId, operation]));
}

/** Everything that was recorded of blocks and unblocks of a user, oldest first. */
async function eventsOf({ stored: { store } }: ModelService, number: string, user: string): Promise<AuditEvent[]> {
  const events = await store.pageEvents(number, [user], { limit: 1_000 });
  return events.filter(({ action }) => action === 'block' || action === 'unblock').reverse();
}

/**
 * If nothing fails, a revert is for all users whom its job changed and nobody since, and for no other, as their histories
 * say. Whoever was erased has none.
 */
export async function inexactReverts(service: ModelService): Promise<string[]> {
  const broken: string[] = [];
  const all = await allJobs(service);
  const reverts = all.flatMap(({ id, reverts, createdAt }) => (reverts ? [{ id, of: reverts, at: createdAt }] : []));
  const refused = service.refusedReverts.map(({ jobId, at }) => ({ id: undefined, of: jobId, at }));
  for (const { id, of, at } of [...reverts, ...refused]) {
    const number = of.slice(0, of.lastIndexOf('-'));
    const wanted: string[] = [];
    for (const user of EVERYONE) {
      if (service.erased.has(user)) continue;
      if (!(await hasMoved(service, number, user)) && jobBehind(await eventsOf(service, number, user), at) === of)
        wanted.push(user);
    }
    const found: string[] = [];
    for (const identity of await usersOf(service, id)) {
      if (!service.erased.has(identity) && !(await hasMoved(service, number, identity))) found.push(identity);
    }
    if (wanted.sort().join() !== found.sort().join())
      broken.push(`${number}: the revert of ${of} is for ${found}, and was to be for ${wanted}`);
  }
  return broken;
}

async function usersOf({ stored: { jobs } }: ModelService, id: string | undefined): Promise<string[]> {
  if (id === undefined) return [];
  const indexes = (await jobs.listChunks(id)).map(({ index }) => index);
  const loaded = await jobs.loadChunks(id, indexes);
  return loaded.flatMap(({ entries }) => entries.flatMap(({ identity }) => identity?.id ?? []));
}

/** The job that brought a user to the state of that time, if nobody changed the user since. */
function jobBehind(events: readonly AuditEvent[], until: string): string | undefined {
  let state: 'blocked' | 'deferred' | 'unblocked' | undefined;
  let job: string | undefined;
  for (const { at, action, outcome, source, jobId } of events) {
    if (at >= until) break;
    // A deferred block was given up, or its user was protected when it was tried.
    if (outcome === 'failed' && (source === 'deferred' || source === 'webhook'))
      [state, job] = ['unblocked', undefined];
    if (outcome === 'failed') continue;
    const next = action === 'unblock' ? 'unblocked' : outcome === 'deferred' ? 'deferred' : 'blocked';
    const isNew = state !== next && !(state === undefined && next === 'unblocked');
    job = isNew || job === jobId ? jobId : undefined;
    state = next;
  }
  return job;
}

/** The history of a user from before a move is under another id. */
async function hasMoved(service: ModelService, number: string, user: string): Promise<boolean> {
  const item = (await service.stored.store.getUsers(number, [user], true)).get(user);
  if (item === undefined) return false;
  if (!isAlias(item)) return item.movedAt !== undefined;
  // The new number may be known by its other form.
  return item.isPreviousId === true || hasMoved(service, number, item.aliasOf);
}
