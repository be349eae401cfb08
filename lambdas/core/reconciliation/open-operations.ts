import { OPERATION_DEADLINE_MS, type OpenOperation } from '../changes/operation.ts';
import { DAY_MS } from '../durations.ts';
import { MissingDataError } from '../errors.ts';
import { isFinal } from '../jobs/job.ts';
import type { BlocklistStore } from '../ports/blocklist-store.ts';
import type { JobStore } from '../ports/job-store.ts';
import { isAlias } from '../users/mirror.ts';
import { otherForm } from '../users/number-forms.ts';
import type { ListSnapshot } from './list-snapshot.ts';

/** Milliseconds for which an operation waits for the list of its number to become readable again. */
const WRITE_OFF_MS = DAY_MS;

export interface OpenOperationsDeps {
  readonly store: Pick<BlocklistStore, 'getUsers' | 'listOpenOperations' | 'resolveOperation'>;
  readonly jobs: Pick<JobStore, 'getJob' | 'loadChunk'>;
}

/** An operation without a known end, with the ids that it was to change. */
export interface NamedOperation {
  readonly operation: OpenOperation;
  readonly ids: ReadonlySet<string>;
}

export interface OpenOperations {
  /** Somebody still works on these and will record them: their users are left alone. */
  readonly inProgress: readonly NamedOperation[];
  /** Nobody will record these; what Graph's list shows of their users is most likely their doing. */
  readonly abandoned: readonly NamedOperation[];
}

/** The number's operations without a known end, at `nowMs`. */
export async function findOpenOperations(
  deps: OpenOperationsDeps,
  phoneNumberId: string,
  nowMs: number,
): Promise<OpenOperations> {
  const open = await deps.store.listOpenOperations(phoneNumberId);
  const inProgress: NamedOperation[] = [];
  const abandoned: NamedOperation[] = [];
  for (const operation of open) {
    const named = { operation, ids: new Set(await operationUserIds(deps, operation)) };
    if (await isInProgress(deps, operation, nowMs)) inProgress.push(named);
    else abandoned.push(named);
  }
  return { inProgress, abandoned };
}

/** What either look saw. Whatever was in progress at one of them may have been so during the snapshot. */
export function allOpen(one: OpenOperations, other: OpenOperations): OpenOperations {
  const byId = (named: readonly NamedOperation[]) => new Map(named.map((each) => [each.operation.operationId, each]));
  const inProgress = byId([...one.inProgress, ...other.inProgress]);
  const abandoned = byId([...one.abandoned, ...other.abandoned]);
  return {
    inProgress: [...inProgress.values()],
    abandoned: [...abandoned].flatMap(([id, named]) => (inProgress.has(id) ? [] : [named])),
  };
}

/** Whether somebody still works on users of the operation: its outcome can be known only when they are done. */
export function overlaps({ ids }: NamedOperation, { inProgress }: OpenOperations): boolean {
  return inProgress.some((other) => !ids.isDisjointFrom(other.ids));
}

/** A chunk goes on under its operation until its job ends, however long that waits; anything else is over by its deadline. */
async function isInProgress(deps: OpenOperationsDeps, operation: OpenOperation, nowMs: number): Promise<boolean> {
  if (operation.status !== 'started') return false;
  if (!isPastDeadline(operation, nowMs)) return true;
  if (operation.jobId === undefined) return false;
  const job = await deps.jobs.getJob(operation.jobId);
  return job !== undefined && !isFinal(job.status);
}

export function isPastDeadline(operation: Pick<OpenOperation, 'startedAt'>, nowMs: number): boolean {
  return Date.parse(operation.startedAt) + OPERATION_DEADLINE_MS <= nowMs;
}

async function operationUserIds(
  deps: OpenOperationsDeps,
  { ids, jobId, chunk }: OpenOperation,
): Promise<readonly string[]> {
  if (ids || jobId === undefined || chunk === undefined) return ids ?? [];
  if (!(await deps.jobs.getJob(jobId))) return [];
  try {
    const { entries } = await deps.jobs.loadChunk(jobId, chunk);
    return entries.flatMap(({ identity }) => identity?.id ?? []);
  } catch (error) {
    // The chunk of an old job may expire a moment before the job.
    if (error instanceof MissingDataError) return [];
    throw error;
  }
}

/**
 * Ends the operations that were over before the snapshot began and that nobody works on any more: a user who is where the
 * operation wanted them counts as its success. Gives whether some of these are kept: a chunk will continue under them,
 * somebody works on their users, or another writer was first at one of them (`lockConflicts`), who has to be compared with
 * Graph's list once more.
 */
export async function resolveOperations(
  deps: OpenOperationsDeps,
  { phoneNumberId, open, snapshot }: { phoneNumberId: string; open: OpenOperations; snapshot: ListSnapshot },
  lockConflicts: ReadonlySet<string>,
): Promise<boolean> {
  const endedBeforeSnapshot = ({ operation }: NamedOperation) =>
    isPastDeadline(operation, Date.parse(snapshot.startedAt));
  let isAnyKept = open.inProgress.some(endedBeforeSnapshot);
  for (const named of open.abandoned.filter(endedBeforeSnapshot)) {
    const { operation, ids } = named;
    if (overlaps(named, open) || !ids.isDisjointFrom(lockConflicts)) {
      isAnyKept = true;
      continue;
    }
    const stored = await deps.store.getUsers(phoneNumberId, [...ids]);
    const isListed = (id: string) => {
      const known = stored.get(id);
      const key = isAlias(known) && !known.retired ? known.aliasOf : id;
      return snapshot.users.has(key) || snapshot.users.has(otherForm(key) ?? key);
    };
    const { action, users, succeeded: alreadyRecorded = 0, deferred = 0, conflicting = [] } = operation;
    const isAlreadyRecorded = new Set(conflicting);
    const asWanted = [...ids].filter(
      (id) => !isAlreadyRecorded.has(id) && isListed(id) === (action === 'block'),
    ).length;
    // A chunk may have sent a part of its users only.
    const succeeded = Math.min(alreadyRecorded + asWanted, users - deferred);
    await deps.store.resolveOperation(operation, { succeeded, failed: users - deferred - succeeded });
  }
  return isAnyKept;
}

/** Ends operations of a number whose list cannot be read, once it is plain that nobody will ever know their outcome. */
export async function writeOffOperations(
  deps: OpenOperationsDeps,
  { abandoned }: OpenOperations,
  { nowMs, code }: { readonly nowMs: number; readonly code: number },
): Promise<void> {
  for (const { operation } of abandoned) {
    if (Date.parse(operation.startedAt) + WRITE_OFF_MS > nowMs) continue;
    const { users, succeeded = 0, deferred = 0 } = operation;
    await deps.store.resolveOperation(operation, { succeeded, failed: users - deferred - succeeded, code });
  }
}
