import { isAlias } from '../blocklist/mirror.ts';
import { otherForm } from '../blocklist/number-forms.ts';
import { OPERATION_DEADLINE_MS, type OpenOperation } from '../blocklist/operation.ts';
import type { BlocklistStore } from '../blocklist/store.ts';
import { MissingDataError } from '../errors.ts';
import { isFinal } from '../jobs/job.ts';
import type { JobStore } from '../jobs/ports.ts';
import type { Scan } from './scan-list.ts';

/** Milliseconds for which an operation waits for the list of its number to become readable again. */
const WRITE_OFF_MS = 24 * 60 * 60 * 1000;

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
  readonly underWay: readonly NamedOperation[];
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
  const underWay: NamedOperation[] = [];
  const abandoned: NamedOperation[] = [];
  for (const operation of open) {
    const named = { operation, ids: new Set(await idsOf(deps, operation)) };
    if (await isUnderWay(deps, operation, nowMs)) underWay.push(named);
    else abandoned.push(named);
  }
  return { underWay, abandoned };
}

/** What either look saw. Whatever was under way at one of them may still have been so during the scan. */
export function allOpen(one: OpenOperations, other: OpenOperations): OpenOperations {
  const byId = (named: readonly NamedOperation[]) => new Map(named.map((each) => [each.operation.operationId, each]));
  const underWay = byId([...one.underWay, ...other.underWay]);
  const abandoned = byId([...one.abandoned, ...other.abandoned]);
  return {
    underWay: [...underWay.values()],
    abandoned: [...abandoned].flatMap(([id, named]) => (underWay.has(id) ? [] : [named])),
  };
}

/** Whether somebody still works on users of the operation: what became of it can be told only when they are done. */
export function meets({ ids }: NamedOperation, { underWay }: OpenOperations): boolean {
  return underWay.some((other) => !ids.isDisjointFrom(other.ids));
}

/** A chunk goes on under its operation until its job ends, however long that waits; anything else is over by its deadline. */
async function isUnderWay(deps: OpenOperationsDeps, operation: OpenOperation, nowMs: number): Promise<boolean> {
  if (operation.status !== 'started') return false;
  if (!isPastDeadline(operation, nowMs)) return true;
  if (operation.jobId === undefined) return false;
  const job = await deps.jobs.getJob(operation.jobId);
  return job !== undefined && !isFinal(job.status);
}

export function isPastDeadline(operation: Pick<OpenOperation, 'startedAt'>, nowMs: number): boolean {
  return Date.parse(operation.startedAt) + OPERATION_DEADLINE_MS <= nowMs;
}

async function idsOf(deps: OpenOperationsDeps, { ids, jobId, chunk }: OpenOperation): Promise<readonly string[]> {
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
 * Ends what was over before the scan began, and nobody works on any more: who is where the operation wanted them counts as
 * its success. Gives whether some are kept that were over as well: a chunk is to go on under them, somebody works on their
 * users, or was first at one of them (`lost`), who are to be held against Graph's list once more.
 */
export async function resolveOperations(
  deps: OpenOperationsDeps,
  { phoneNumberId, open, scan }: { phoneNumberId: string; open: OpenOperations; scan: Scan },
  lost: ReadonlySet<string>,
): Promise<boolean> {
  const isOver = ({ operation }: NamedOperation) => isPastDeadline(operation, Date.parse(scan.startedAt));
  let isAnyKept = open.underWay.some(isOver);
  for (const named of open.abandoned.filter(isOver)) {
    const { operation, ids } = named;
    if (meets(named, open) || !ids.isDisjointFrom(lost)) {
      isAnyKept = true;
      continue;
    }
    const stored = await deps.store.getUsers(phoneNumberId, [...ids]);
    const isListed = (id: string) => {
      const known = stored.get(id);
      const key = isAlias(known) && !known.former ? known.aliasOf : id;
      return scan.users.has(key) || scan.users.has(otherForm(key) ?? key);
    };
    const { action, users, succeeded: told = 0, deferred = 0, contested = [] } = operation;
    const isTold = new Set(contested);
    const asWanted = [...ids].filter((id) => !isTold.has(id) && isListed(id) === (action === 'block')).length;
    // A chunk may have sent a part of its users only.
    const succeeded = Math.min(told + asWanted, users - deferred);
    await deps.store.resolveOperation(operation, { succeeded, failed: users - deferred - succeeded });
  }
  return isAnyKept;
}

/** Ends operations of a number whose list cannot be read, once it is plain that nobody will ever know their outcome. */
export async function writeOffOperations(
  deps: OpenOperationsDeps,
  { abandoned }: OpenOperations,
  nowMs: number,
  code: number,
): Promise<void> {
  for (const { operation } of abandoned) {
    if (Date.parse(operation.startedAt) + WRITE_OFF_MS > nowMs) continue;
    const { users, succeeded = 0, deferred = 0 } = operation;
    await deps.store.resolveOperation(operation, { succeeded, failed: users - deferred - succeeded, code });
  }
}
