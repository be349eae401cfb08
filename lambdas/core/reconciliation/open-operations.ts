import { OPERATION_DEADLINE_MS, type OpenOperation } from '../changes/operation.ts';
import { MissingDataError } from '../errors.ts';
import { isFinal } from '../jobs/job.ts';
import type { BlocklistStore } from '../ports/blocklist-store.ts';
import type { JobStore } from '../ports/job-store.ts';

export interface OpenOperationsDeps {
  readonly store: Pick<BlocklistStore, 'getUsers' | 'listOpenOperations' | 'resolveOperation'>;
  readonly jobs: Pick<JobStore, 'getJob' | 'loadChunk'>;
}

/** An operation without a known end, with the ids that it wanted to change. */
export interface NamedOperation {
  readonly operation: OpenOperation;
  readonly ids: ReadonlySet<string>;
}

export interface OpenOperations {
  /** A worker still processes these and will record them, so their users are left alone. */
  readonly inProgress: readonly NamedOperation[];
  /** No worker will record these. They most likely caused what Graph's list shows of their users. */
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

/** The operations of both reads. One that was in progress in either may have been in progress during the snapshot. */
export function allOpen(one: OpenOperations, other: OpenOperations): OpenOperations {
  const byId = (named: readonly NamedOperation[]) => new Map(named.map((each) => [each.operation.operationId, each]));
  const inProgress = byId([...one.inProgress, ...other.inProgress]);
  const abandoned = byId([...one.abandoned, ...other.abandoned]);
  return {
    inProgress: [...inProgress.values()],
    abandoned: [...abandoned].flatMap(([id, named]) => (inProgress.has(id) ? [] : [named])),
  };
}

/** Whether a worker still processes users of the operation. Then its outcome can be known only afterwards. */
export function overlaps({ ids }: NamedOperation, { inProgress }: OpenOperations): boolean {
  return inProgress.some((other) => !ids.isDisjointFrom(other.ids));
}

/** A chunk keeps its operation until its job ends, however long it waits. Any other operation is over at its deadline. */
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
