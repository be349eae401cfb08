import type { ScheduledAction } from '../../lambdas/core/changes/attempt-context.ts';
import {
  type Completion,
  OPERATION_DEADLINE_MS,
  type OpenOperation,
  type Operation,
  type OperationKey,
  type RecordedOperation,
  type Resolution,
} from '../../lambdas/core/changes/operation.ts';
import { scheduledActionOf } from '../../lambdas/core/changes/scheduled-times.ts';
import { addTotals, isNothing, NO_TOTALS, type Totals } from '../../lambdas/core/changes/totals.ts';
import { DAY_MS } from '../../lambdas/core/durations.ts';
import { MissingDataError } from '../../lambdas/core/errors.ts';
import type { ServiceEvent } from '../../lambdas/core/events/event.ts';
import {
  type AuditEvent,
  type EventPage,
  type EventPlace,
  eventKey,
  type NumberEvent,
  pageOfId,
} from '../../lambdas/core/history/audit-event.ts';
import { EVERY_NUMBER } from '../../lambdas/core/ids.ts';
import type { JobActivity } from '../../lambdas/core/jobs/activity.ts';
import { newChunk } from '../../lambdas/core/jobs/chunks.ts';
import type { Chunk, Job, JobError, LoadedChunk } from '../../lambdas/core/jobs/job.ts';
import { isFinal } from '../../lambdas/core/jobs/job.ts';
import type {
  BlocklistStore,
  DriftWrite,
  ListedAlias,
  ListedItem,
  OperationPage,
  OverdueOperations,
  ReconciliationEnd,
  ScheduledUser,
} from '../../lambdas/core/ports/blocklist-store.ts';
import type { ErasedUser, Erasure } from '../../lambdas/core/ports/erasure-store.ts';
import type {
  BatchRecord,
  IdempotencyRecord,
  JobStore,
  JobsPage,
  JobsQuery,
  NewJob,
  RetryAsked,
  WithChunk,
} from '../../lambdas/core/ports/job-store.ts';
import type { ListPage, ListPosition, ListQuery } from '../../lambdas/core/ports/list-page.ts';
import type { ProtectionChange, ProtectionEnd } from '../../lambdas/core/ports/protected-store.ts';
import type { MirrorWrite, Records } from '../../lambdas/core/ports/user-store.ts';
import type { ProtectedUser } from '../../lambdas/core/protection/protected-user.ts';
import type { Asked } from '../../lambdas/core/users/asked.ts';
import type { Entry } from '../../lambdas/core/users/entries.ts';
import type { ListFilter } from '../../lambdas/core/users/list-filter.ts';
import { isAlias, type MirrorItem, type MirrorUser } from '../../lambdas/core/users/mirror.ts';
import type { NumberSummary, ReconcileFailure, ReconcileRequest } from '../../lambdas/core/users/number-summary.ts';
import { InMemoryOutbox } from './in-memory-outbox.ts';

/** As the DynamoDB store of the same suite is given it. */
export const JOB_IDLE_MS = 15 * 60 * 1000;

type StoredOperation = Omit<Operation, 'action'> & { readonly action: RecordedOperation['action'] } & Partial<
    Omit<Completion, 'status'>
  > & { readonly status: RecordedOperation['status'] };

/** What is kept of an operation whose end is not known. */
function toOpen(stored: StoredOperation): OpenOperation[] {
  const { delta: _, fbtraceId: __, status, action, ...operation } = stored;
  if (action === 'erase' || (status !== 'started' && status !== 'uncertain')) return [];
  return [{ ...operation, action, status }];
}

function notNegative({ size, deferred, expiring }: Totals): Totals {
  return { size: Math.max(size, 0), deferred: Math.max(deferred, 0), expiring: Math.max(expiring, 0) };
}

/** What readers see of an operation: not the ids of its users, and not what it adds to the counts of its number. */
function toRecorded({
  ids: _,
  conflicting: __,
  delta: ___,
  fbtraceId: ____,
  ...operation
}: StoredOperation): RecordedOperation {
  return operation;
}

function isLetThrough(user: MirrorUser, filter: ListFilter = {}): boolean {
  const { reasonCode, actor, source, expiresBefore, blockedAfter, blockedBefore } = filter;
  const isBefore = (time: string | undefined, end: string) => time !== undefined && time < end;
  return (
    (reasonCode === undefined || user.reasonCode === reasonCode) &&
    (actor === undefined || user.actor === actor) &&
    (source === undefined || user.source === source) &&
    (expiresBefore === undefined || isBefore(user.expiresAt, expiresBefore)) &&
    (blockedAfter === undefined || (user.blockedAt ?? '') >= blockedAfter) &&
    (blockedBefore === undefined || isBefore(user.blockedAt, blockedBefore))
  );
}

/** It reads everything, so that a page with a filter that is not full ends with the list. */
function endOf(remaining: readonly MirrorUser[], { limit, filter }: ListQuery, end: ListPosition) {
  const more = remaining.length > limit;
  return { more, ...(filter && !more ? { end } : {}) };
}

/** The stores of core in memory. The same contract suite runs on these and on DynamoDB. */
export class InMemoryBlocklistStore implements BlocklistStore {
  readonly users = new Map<string, MirrorItem>();
  readonly events = new Map<string, AuditEvent>();
  readonly operations = new Map<string, StoredOperation>();
  /** Ids of operations that were opened again after they were counted. */
  readonly #counted = new Set<string>();
  readonly summaries = new Map<string, NumberSummary & { reconciliationId?: string }>();
  readonly numbers = new Map<string, string>();
  readonly protectedUsers = new Map<string, ProtectedUser>();
  readonly outbox = new InMemoryOutbox();

  async getUsers(phoneNumberId: string, ids: readonly string[]): Promise<Map<string, MirrorItem>> {
    return new Map(
      ids.flatMap((id) => {
        const stored = this.users.get(`${phoneNumberId}/${id}`);
        return stored ? [[id, stored] as const] : [];
      }),
    );
  }

  async getUsersOfNumbers(
    wanted: ReadonlyMap<string, readonly string[]>,
  ): Promise<Map<string, Map<string, MirrorItem>>> {
    const found = new Map<string, Map<string, MirrorItem>>();
    for (const [phoneNumberId, ids] of wanted) {
      const ofNumber = await this.getUsers(phoneNumberId, ids);
      if (ofNumber.size > 0) found.set(phoneNumberId, ofNumber);
    }
    return found;
  }

  async putUsers(phoneNumberId: string, writes: readonly MirrorWrite[]): Promise<string[]> {
    return writes.flatMap((write) => {
      if (!this.#isUnchanged(phoneNumberId, write)) return [write.id];
      this.users.set(`${phoneNumberId}/${write.id}`, write.next);
      return [];
    });
  }

  /** Whether what was read before is what is there. */
  #isUnchanged(phoneNumberId: string, { id, prior }: MirrorWrite): boolean {
    return this.users.get(`${phoneNumberId}/${id}`)?.revision === prior?.revision;
  }

  async appendEvents(phoneNumberId: string, events: readonly AuditEvent[]): Promise<void> {
    const names = events.map(({ user, at, operationId }) => `${user}/${at}#${operationId}`);
    // As DynamoDB, of the items of one batch.
    if (new Set(names).size < names.length) throw new Error('The same event twice in one call');
    for (const event of events) {
      this.events.set(`${phoneNumberId}/${event.user}/${event.at}#${event.operationId}`, event);
    }
  }

  /** By the other two, so that a test which makes one of them fail sees that here, too. */
  async putRecords(phoneNumberId: string, { writes, events }: Records): Promise<string[]> {
    await this.appendEvents(phoneNumberId, events);
    return this.putUsers(phoneNumberId, writes);
  }

  async pageBlocked(phoneNumberId: string, page: ListQuery): Promise<ListPage> {
    const all = this.#ofNumber(phoneNumberId)
      .filter((user) => isLetThrough(user, page.filter))
      .flatMap((user) => (user.state === 'blocked' ? [{ ...user, shard: 0 }] : []))
      .sort((a, b) => (a.user < b.user ? -1 : 1));
    const from = page.from?.user;
    if (page.backward) {
      const before = all.filter(({ user }) => from === undefined || user < from);
      return { users: before.slice(-page.limit), ...endOf(before, page, { shard: 0, user: '!' }) };
    }
    const after = all.filter(({ user }) => from === undefined || user > from);
    return { users: after.slice(0, page.limit), ...endOf(after, page, { shard: 0, user: '~' }) };
  }

  async pageEvents(phoneNumberId: string, users: readonly string[], page: EventPage): Promise<AuditEvent[]> {
    const keyOf = (event: AuditEvent) => `${event.at}#${event.operationId}`;
    const isOnPage = (event: AuditEvent) => {
      const { before } = pageOfId(page, event.user, phoneNumberId);
      return users.includes(event.user) && (before === undefined || keyOf(event) < before);
    };
    return [...this.events]
      .filter(([key]) => key.startsWith(`${phoneNumberId}/`))
      .map(([, event]) => event)
      .filter(isOnPage)
      .sort((a, b) => (keyOf(a) < keyOf(b) ? 1 : -1))
      .slice(0, page.limit);
  }

  async pageEventsOfNumbers(wanted: ReadonlyMap<string, readonly string[]>, page: EventPage): Promise<NumberEvent[]> {
    const found: NumberEvent[] = [];
    for (const [phoneNumberId, users] of wanted) {
      const events = await this.pageEvents(phoneNumberId, users, page);
      found.push(...events.map((event) => ({ ...event, phoneNumberId })));
    }
    return found.sort((a, b) => (eventKey(a) < eventKey(b) ? 1 : -1)).slice(0, page.limit);
  }

  async getSummaries(phoneNumberIds: readonly string[]): Promise<Map<string, NumberSummary>> {
    const summaries = new Map<string, NumberSummary>();
    for (const phoneNumberId of phoneNumberIds) {
      const summary = await this.getSummary(phoneNumberId);
      if (summary) summaries.set(phoneNumberId, summary);
    }
    return summaries;
  }

  async *listMirror(phoneNumberId: string): AsyncGenerator<ListedItem[]> {
    yield [...this.users].flatMap(([key, stored]): ListedItem[] => {
      const [number, id = ''] = key.split('/');
      if (number !== phoneNumberId) return [];
      if (!isAlias(stored)) return [stored];
      const { aliasOf, isPreviousId, ends = false } = stored;
      return [{ id, aliasOf, isPreviousId, ends }];
    });
  }

  async *listScheduledUsers(scheduledAction: ScheduledAction, now: string): AsyncGenerator<ScheduledUser[]> {
    yield [...this.users].flatMap(([key, stored]) => {
      const next = isAlias(stored) ? undefined : scheduledActionOf(stored);
      const [phoneNumberId = '', user = ''] = key.split('/');
      return next?.scheduledAction === scheduledAction && next.at <= now
        ? [{ phoneNumberId, user, scheduledAt: next.at }]
        : [];
    });
  }

  #ofNumber(phoneNumberId: string): MirrorUser[] {
    return [...this.users].flatMap(([key, stored]) =>
      key.startsWith(`${phoneNumberId}/`) && !isAlias(stored) ? [stored] : [],
    );
  }

  async putUsersWithEvents(phoneNumberId: string, writes: readonly DriftWrite[]): Promise<string[]> {
    const lockConflicts: string[] = [];
    for (const write of writes) {
      const refused = await this.putUsers(phoneNumberId, [write]);
      if (refused.length === 0) await this.appendEvents(phoneNumberId, [write.event]);
      lockConflicts.push(...refused);
    }
    return lockConflicts;
  }

  async getSummary(phoneNumberId: string): Promise<NumberSummary | undefined> {
    const stored = this.summaries.get(phoneNumberId);
    if (!stored) return undefined;
    const { reconciliationId: _, ...summary } = stored;
    return { ...summary, ...notNegative(summary) };
  }

  async finishReconciliation(phoneNumberId: string, end: ReconciliationEnd): Promise<void> {
    const { reconciliationId, reconciledAt, drift, blockCounts, change, totals, event } = end;
    const stored = this.summaries.get(phoneNumberId);
    if (stored?.reconciliationId === reconciliationId) return;
    const { over, ...whole } = totals ?? {};
    const { reconcileRequest, countsRevision = 0, ...before }: NumberSummary = stored ?? NO_TOTALS;
    const after = over === countsRevision ? { ...NO_TOTALS, ...whole } : addTotals(before, change);
    const asked = reconcileRequest && { reconcileRequest };
    const found = { reconciledAt, drift, blockCounts, reconciliationId, countsRevision: countsRevision + 1 };
    const fullness = end.fullness ?? stored?.fullness;
    const told = fullness === undefined ? {} : { fullness };
    this.summaries.set(phoneNumberId, { ...after, ...found, ...asked, ...told });
    this.outbox.record(event);
  }

  async failReconciliation(
    phoneNumberId: string,
    reconcileFailure: ReconcileFailure,
    event?: ServiceEvent,
  ): Promise<string> {
    const stored = { ...NO_TOTALS, ...this.summaries.get(phoneNumberId) };
    if (!stored.reconcileFailure) this.outbox.record(event);
    const failingSince = stored.failingSince ?? reconcileFailure.at;
    this.summaries.set(phoneNumberId, { ...stored, reconcileFailure, failingSince });
    return stored.reconciledAt ?? failingSince;
  }

  async noteGone(phoneNumberId: string, at: string): Promise<string> {
    const stored = { ...NO_TOTALS, ...this.summaries.get(phoneNumberId) };
    const goneSince = stored.goneSince ?? at;
    this.summaries.set(phoneNumberId, { ...stored, goneSince });
    return goneSince;
  }

  async takeOutOfUse(phoneNumberId: string, outOfUseSince: string): Promise<void> {
    const {
      goneSince: _,
      blockCounts: __,
      fullness: ___,
      countsRevision = 0,
      ...kept
    } = { ...this.summaries.get(phoneNumberId) };
    const counts = { ...NO_TOTALS, countsRevision: countsRevision + 1 };
    this.summaries.set(phoneNumberId, { outOfUseSince, ...kept, ...counts });
    this.numbers.delete(phoneNumberId);
  }

  async requestReconciliation(
    phoneNumberId: string,
    reconcileRequest: ReconcileRequest,
    over: string | undefined,
  ): Promise<boolean> {
    const stored = this.summaries.get(phoneNumberId);
    if (stored?.reconcileRequest?.execution !== over) return false;
    this.summaries.set(phoneNumberId, { ...NO_TOTALS, ...stored, reconcileRequest });
    return true;
  }

  async listNumbers({ limit, after }: { limit: number; after?: string | undefined }): Promise<string[]> {
    return [...this.numbers.keys()]
      .sort()
      .filter((number) => after === undefined || number > after)
      .slice(0, limit);
  }

  async listOpenOperations(phoneNumberId: string): Promise<OpenOperation[]> {
    return this.#openOperations().filter((operation) => operation.phoneNumberId === phoneNumberId);
  }

  async listOverdueOperations(now: string): Promise<OverdueOperations> {
    const overdue = this.#openOperations().filter(
      ({ startedAt }) => Date.parse(startedAt) + OPERATION_DEADLINE_MS <= Date.parse(now),
    );
    const jobIds = overdue.flatMap(({ jobId, status }) => (jobId !== undefined && status === 'started' ? [jobId] : []));
    return {
      phoneNumberIds: [...new Set(overdue.map(({ phoneNumberId }) => phoneNumberId))],
      jobIds: [...new Set(jobIds)],
      oldestStartedAt: overdue.map(({ startedAt }) => startedAt).sort()[0],
    };
  }

  #openOperations(): OpenOperation[] {
    return [...this.operations.values()].flatMap(toOpen);
  }

  async resolveOperation({ operationId }: OpenOperation, { event, ...resolution }: Resolution): Promise<void> {
    const stored = this.operations.get(operationId);
    if (stored?.status !== 'started' && stored?.status !== 'uncertain') return;
    const { ids: _, conflicting: __, ...kept } = stored;
    this.operations.set(operationId, { ...kept, ...resolution, status: 'resolved' });
    this.outbox.record(event);
  }

  async isRegistered(phoneNumberId: string): Promise<boolean> {
    return this.numbers.has(phoneNumberId);
  }

  async registerNumber(phoneNumberId: string, at: string): Promise<void> {
    if (this.numbers.has(phoneNumberId)) return;
    this.numbers.set(phoneNumberId, at);
    const { outOfUseSince, ...kept } = { ...NO_TOTALS, ...this.summaries.get(phoneNumberId) };
    if (outOfUseSince !== undefined) this.summaries.set(phoneNumberId, kept);
  }

  async startOperation(operation: Operation): Promise<void> {
    if (!this.operations.has(operation.operationId)) {
      this.operations.set(operation.operationId, { ...operation, status: 'started' });
    }
  }

  async resumeOperation(operation: Operation): Promise<void> {
    const stored = this.operations.get(operation.operationId);
    if (stored?.status === 'started') return;
    if (stored) this.#counted.add(operation.operationId);
    this.operations.set(operation.operationId, { ...operation, status: 'started' });
  }

  async listAliasesOf(phoneNumberId: string, users: readonly string[]): Promise<ListedAlias[]> {
    return [...this.users].flatMap(([key, stored]) => {
      const [number, id = ''] = key.split('/');
      if (number !== phoneNumberId || !isAlias(stored) || !users.includes(stored.aliasOf)) return [];
      const { aliasOf, isPreviousId, ends = false } = stored;
      return [{ id, aliasOf, isPreviousId, ends }];
    });
  }

  async listEventPlaces(phoneNumberId: string, users: readonly string[]): Promise<EventPlace[]> {
    const events = [...this.events].filter(([key]) => key.startsWith(`${phoneNumberId}/`)).map(([, event]) => event);
    return events
      .filter(({ user }) => users.includes(user))
      .map(({ user, at, operationId, jobId }) => ({ user, at, operationId, jobId }));
  }

  async eraseEvents(phoneNumberId: string, places: readonly EventPlace[]): Promise<void> {
    for (const { user, at, operationId } of places) this.events.delete(`${phoneNumberId}/${user}/${at}#${operationId}`);
  }

  async eraseUsers(phoneNumberId: string, writes: readonly ErasedUser[]) {
    const lockConflicts: string[] = [];
    for (const { id, prior, next } of writes) {
      const key = `${phoneNumberId}/${id}`;
      if (this.users.get(key)?.revision !== prior.revision) lockConflicts.push(id);
      else if (next) this.users.set(key, next);
      else this.users.delete(key);
    }
    return { events: 0, lockConflicts };
  }

  async startErasure(erasure: Erasure): Promise<void> {
    const record = { action: 'erase', source: 'api', users: 1, status: 'started' } as const;
    this.operations.set(erasure.operationId, { ...erasure, ...record });
  }

  async pageOperations(
    phoneNumberId: string,
    page: Parameters<BlocklistStore['pageOperations']>[1],
  ): Promise<OperationPage> {
    const { limit, since = '', until = '~', actor, reasonCode, after } = page;
    const placeOf = ({ startedAt, operationId }: OperationKey) => `${startedAt.slice(0, 10)}/${operationId}`;
    const end = after === undefined ? '~' : `${after.day}/${after.operationId ?? ''}`;
    const found = [...this.operations.values()]
      .filter((operation) => operation.phoneNumberId === phoneNumberId)
      .filter((operation) => actor === undefined || operation.actor === actor)
      .filter((operation) => reasonCode === undefined || operation.reasonCode === reasonCode)
      .filter(({ startedAt }) => since <= startedAt && startedAt <= until)
      .filter((operation) => placeOf(operation) < end)
      .sort((a, b) => (placeOf(a) < placeOf(b) ? 1 : -1));
    const last = found.length > limit ? found[limit - 1] : undefined;
    return {
      operations: found.slice(0, limit).map(toRecorded),
      end: last && { day: last.startedAt.slice(0, 10), operationId: last.operationId },
    };
  }

  async completeOperation(operation: OperationKey, { event, ...completion }: Completion): Promise<void> {
    const started = this.operations.get(operation.operationId);
    if (started?.status !== 'started') return;
    const { ids, ...kept } = started;
    const uncertain = completion.status === 'uncertain' ? { ids } : {};
    this.operations.set(operation.operationId, { ...kept, ...uncertain, ...completion });
    this.outbox.record(event);
    const { phoneNumberId } = operation;
    const { countsRevision = 0, ...summary }: NumberSummary = this.summaries.get(phoneNumberId) ?? NO_TOTALS;
    if (!isNothing(completion.delta) && !this.#counted.has(operation.operationId)) {
      const totals = addTotals(summary, completion.delta);
      this.summaries.set(phoneNumberId, { ...summary, ...totals, countsRevision: countsRevision + 1 });
    }
  }

  async tellFullness(event: Parameters<BlocklistStore['tellFullness']>[0]): Promise<void> {
    const { phone_number_id, level, limit } = event.detail;
    const summary = this.summaries.get(phone_number_id);
    if (!summary || summary.size < Math.ceil((level * limit) / 100) || (summary.fullness ?? 0) >= level) return;
    this.summaries.set(phone_number_id, { ...summary, fullness: level });
    this.outbox.record(event);
  }

  async addEvents(events: readonly ServiceEvent[]): Promise<void> {
    for (const event of events) if (!this.outbox.waiting.has(event.detail.id)) this.outbox.record(event);
  }

  async eraseFromEvents(ids: readonly string[]): Promise<number> {
    let erased = 0;
    for (const [id, event] of this.outbox.waiting) {
      if (event.type !== 'Block Expired' && event.type !== 'Deferred Block Applied') continue;
      const { users } = event.detail;
      if (!users?.some((user) => ids.includes(user))) continue;
      const detail = { ...event.detail, users: users.filter((user) => !ids.includes(user)) };
      this.outbox.waiting.set(id, { ...event, detail });
      erased += 1;
    }
    return erased;
  }

  async listProtectedIds(): Promise<ReadonlyMap<string, string>> {
    return new Map((await this.listProtected()).flatMap(({ user, ids }) => ids.map((id) => [id, user] as const)));
  }

  async addProtectedId(user: string, id: string): Promise<void> {
    const stored = this.protectedUsers.get(user);
    if (!stored || stored.ids.includes(id)) return;
    this.protectedUsers.set(user, { ...stored, ids: [...stored.ids, id], revision: stored.revision + 1 });
  }

  async listProtected(): Promise<ProtectedUser[]> {
    return [...this.protectedUsers.values()].sort((a, b) => (a.user < b.user ? -1 : 1));
  }

  async changeProtection({ prior, next, event }: ProtectionChange): Promise<boolean> {
    const user = event.user;
    if (this.protectedUsers.get(user)?.revision !== prior?.revision) return false;
    this.protectedUsers.set(user, next);
    await this.appendEvents(EVERY_NUMBER, [event]);
    return true;
  }

  async endProtection({ prior, event }: ProtectionEnd): Promise<boolean> {
    if (this.protectedUsers.get(prior.user)?.revision !== prior.revision) return false;
    this.protectedUsers.delete(prior.user);
    await this.appendEvents(EVERY_NUMBER, [event]);
    return true;
  }

  /** By the other methods, so that a test which makes one of them fail sees that here, too. */
  async completeWithRecords(
    ...[operation, completion, { writes, events }]: Parameters<BlocklistStore['completeWithRecords']>
  ) {
    const { phoneNumberId, operationId } = operation;
    if (this.operations.get(operationId)?.status !== 'started') return false;
    if (writes.some((write) => !this.#isUnchanged(phoneNumberId, write))) return false;
    await this.appendEvents(phoneNumberId, events);
    const lockConflicts = await this.putUsers(phoneNumberId, writes);
    if (lockConflicts.length > 0) return false;
    await this.completeOperation(operation, completion);
    return true;
  }
}

/** As it is stored: without what is not there. */
function entryOf(verb: JobActivity['verb'], { at, actor, onBehalfOf }: Asked): JobActivity {
  return { at, verb, actor, ...(onBehalfOf === undefined ? {} : { onBehalfOf }) };
}

export class InMemoryJobStore implements JobStore {
  readonly jobs = new Map<string, Job>();
  readonly chunks = new Map<string, LoadedChunk>();
  readonly keys = new Map<string, IdempotencyRecord>();
  readonly batches = new Map<string, { readonly record: BatchRecord; readonly untilMs: number }>();
  readonly scheduledAt = new Map<string, number>();
  readonly outbox: InMemoryOutbox;
  readonly #store: InMemoryBlocklistStore;

  /** The other items of the same table. */
  constructor(store = new InMemoryBlocklistStore()) {
    this.#store = store;
    this.outbox = store.outbox;
  }

  async findIdempotent(phoneNumberId: string, key: string): Promise<IdempotencyRecord | undefined> {
    return this.keys.get(`${phoneNumberId}/${key}`);
  }

  async createJob(
    job: Job,
    chunks: readonly (readonly Entry[])[],
    idempotency: { key: string; bodyHash: string } | undefined,
  ): Promise<IdempotencyRecord | undefined> {
    if (idempotency) {
      const key = `${job.phoneNumberId}/${idempotency.key}`;
      const earlier = this.keys.get(key);
      if (earlier) return earlier;
      this.keys.set(key, { bodyHash: idempotency.bodyHash, jobId: job.id });
    }
    this.jobs.set(job.id, job);
    this.scheduledAt.set(job.id, Date.parse(job.createdAt) + JOB_IDLE_MS);
    this.#putChunks(job, chunks);
    return undefined;
  }

  async findBatch(key: string, now: string): Promise<BatchRecord | undefined> {
    const kept = this.batches.get(key);
    return kept && kept.untilMs > Date.parse(now) ? kept.record : undefined;
  }

  async keepBatch(key: string, record: BatchRecord, now: string): Promise<BatchRecord> {
    const kept = this.batches.get(key);
    if (kept && kept.untilMs > Date.parse(now)) return kept.record;
    this.batches.set(key, { record, untilMs: Date.parse(now) + DAY_MS });
    return record;
  }

  async createJobs(batch: readonly NewJob[]): Promise<void> {
    for (const { job, chunks } of batch) {
      this.#putChunks(job, chunks);
      if (this.jobs.has(job.id)) continue;
      this.jobs.set(job.id, job);
      this.scheduledAt.set(job.id, Date.parse(job.createdAt) + JOB_IDLE_MS);
    }
  }

  #putChunks(job: Job, chunks: NewJob['chunks']): void {
    chunks.forEach((entries, index) => {
      const key = `${job.id}/${index}`;
      if (this.chunks.has(key)) return;
      this.chunks.set(key, { chunk: newChunk(index, entries, job.run), entries, outcomes: { placed: [] } });
    });
  }

  async createRevert({ job, chunks }: NewJob, { id, run }: Pick<Job, 'id' | 'run'>, asked: Asked): Promise<boolean> {
    const reverted = this.jobs.get(id);
    if (!reverted || !isFinal(reverted.status) || reverted.run !== run || reverted.revertedBy !== undefined)
      return false;
    const activity = [...(reverted.activity ?? []), entryOf('reverted', asked)];
    this.jobs.set(id, { ...reverted, revertedBy: job.id, activity });
    await this.createJob(job, chunks, undefined);
    return true;
  }

  async getJob(jobId: string): Promise<Job | undefined> {
    return this.jobs.get(jobId);
  }

  async getJobs(jobIds: readonly string[]): Promise<Job[]> {
    return jobIds.flatMap((id) => this.jobs.get(id) ?? []);
  }

  async pageJobs({ phoneNumberId, batchId, after, limit }: JobsQuery): Promise<JobsPage> {
    // Time and number, or of one number the time alone: as the keys of DynamoDB are ordered.
    const keyOf = (id: string) => {
      const dash = id.lastIndexOf('-');
      return phoneNumberId === undefined ? `${id.slice(dash + 1)}#${id.slice(0, dash)}` : id.slice(dash + 1);
    };
    const jobs = [...this.jobs.values()]
      .filter((job) => phoneNumberId === undefined || job.phoneNumberId === phoneNumberId)
      .filter((job) => batchId === undefined || job.batchId === batchId)
      .filter(({ id }) => after === undefined || keyOf(id) < keyOf(after))
      .sort((a, b) => (keyOf(a.id) < keyOf(b.id) ? 1 : -1));
    const page = jobs.slice(0, limit);
    return { jobs: page, end: jobs.length > limit ? page.at(-1)?.id : undefined };
  }

  async listOpenJobs(phoneNumberIds: readonly string[]): Promise<Job[]> {
    return [...this.jobs.values()].filter((job) => phoneNumberIds.includes(job.phoneNumberId) && !isFinal(job.status));
  }

  async listChunks(jobId: string): Promise<Chunk[]> {
    return [...this.chunks].filter(([key]) => key.startsWith(`${jobId}/`)).map(([, loaded]) => loaded.chunk);
  }

  async loadChunk(jobId: string, index: number): Promise<LoadedChunk> {
    const loaded = this.chunks.get(`${jobId}/${index}`);
    if (!loaded) throw new MissingDataError(`Chunk ${index} of job ${jobId} is missing`);
    return loaded;
  }

  loadChunks(jobId: string, indexes: readonly number[]): Promise<LoadedChunk[]> {
    return Promise.all(indexes.map((index) => this.loadChunk(jobId, index)));
  }

  async saveChunk(jobId: string, chunk: Chunk, { outcomes, operation }: WithChunk = {}): Promise<boolean> {
    const loaded = await this.loadChunk(jobId, chunk.index);
    if (loaded.chunk.revision !== chunk.revision - 1) return false;
    this.chunks.set(`${jobId}/${chunk.index}`, { ...loaded, chunk, outcomes: outcomes ?? loaded.outcomes });
    if (operation) await this.#store.startOperation(operation);
    return true;
  }

  async markRunning(jobId: string, startedAt: string): Promise<void> {
    this.#update(jobId, (job) =>
      job.status === 'queued' ? { ...job, status: 'running', startedAt: job.startedAt ?? startedAt } : job,
    );
  }

  async stopJob({ id, run }: Pick<Job, 'id' | 'run'>, { code, message }: JobError): Promise<void> {
    this.#update(id, (job) =>
      isFinal(job.status) || job.run !== run || job.error ? job : { ...job, error: { code, message } },
    );
  }

  async finishJob(...[{ id, run }, end, event]: Parameters<JobStore['finishJob']>): Promise<void> {
    this.#update(id, (job) => {
      if (isFinal(job.status) || job.run !== run) return job;
      this.scheduledAt.delete(id);
      this.outbox.record(event);
      return { ...job, ...end };
    });
  }

  async cancelJob(jobId: string, asked: Asked): Promise<void> {
    this.#update(jobId, (job) =>
      isFinal(job.status) || job.cancelledAt
        ? job
        : { ...job, cancelledAt: asked.at, activity: [...(job.activity ?? []), entryOf('cancelled', asked)] },
    );
  }

  async reopenJob({ id, run, execution }: Pick<Job, 'id' | 'run' | 'execution'>, asked: RetryAsked): Promise<void> {
    const { at: retriedAt, retriedUsers } = asked;
    this.#update(id, (job) => {
      if (!isFinal(job.status) || job.run !== run || job.revertedBy !== undefined) return job;
      this.scheduledAt.set(id, Date.parse(retriedAt) + JOB_IDLE_MS);
      const { error: _, cancelledAt: __, finishedAt: ___, progress: ____, ...kept } = job;
      const activity = [...(job.activity ?? []), entryOf('retried', asked)];
      return { ...kept, status: 'queued', run: run + 1, execution: execution + 1, retriedAt, retriedUsers, activity };
    });
  }

  async nextExecution({ id, execution }: Pick<Job, 'id' | 'execution'>): Promise<void> {
    this.#update(id, (job) =>
      isFinal(job.status) || job.execution !== execution ? job : { ...job, execution: execution + 1 },
    );
  }

  async listStalledJobs(now: string): Promise<string[]> {
    return [...this.scheduledAt].filter(([, atMs]) => atMs <= Date.parse(now)).map(([id]) => id);
  }

  async postponeJob(jobId: string, now: string): Promise<void> {
    if (this.scheduledAt.has(jobId)) this.scheduledAt.set(jobId, Date.parse(now) + JOB_IDLE_MS);
  }

  #update(jobId: string, change: (job: Job) => Job): void {
    const job = this.jobs.get(jobId);
    if (job) this.jobs.set(jobId, change(job));
  }
}
