import { inBatches } from '../in-batches.ts';
import type { BlocklistStore } from '../ports/blocklist-store.ts';
import type { JobStore } from '../ports/job-store.ts';
import type { Entry } from '../users/entries.ts';
import { graphSpelling, parseIdentity } from '../users/identity.ts';
import { type MirrorUser, mirrorUser } from '../users/mirror.ts';
import { findUsers } from '../users/read-users.ts';
import { loadChunks } from './chunks.ts';
import type { Job, LoadedChunk } from './job.ts';

export interface ChangedByJobDeps {
  readonly jobs: Pick<JobStore, 'loadChunks'>;
  readonly store: Pick<BlocklistStore, 'getUsers'>;
}

/** How many chunks are read at once: the users of each, and then their mirror items. */
const CHUNKS_AT_ONCE = 8;

/**
 * Whether the job brought the user to the state that they are in. If it only renewed a block, that is older than the job.
 */
export function isChangedBy({ id, createdAt }: Pick<Job, 'id' | 'createdAt'>, user: MirrorUser): boolean {
  if (user.jobId !== id) return false;
  return user.state !== 'blocked' || (user.blockedAt !== undefined && user.blockedAt >= createdAt);
}

/**
 * The users of an ended job whose present state is its work: whom it changed, and nobody since. The mirror alone says so, since a
 * user whose outcome is a failure may have been changed nevertheless. Each comes once, by their present id.
 */
export async function listChangedByJob(deps: ChangedByJobDeps, job: Job): Promise<Entry[]> {
  const changed = new Map<string, Entry>();
  for (const indexes of inBatches(Array.from({ length: job.chunkCount }).keys(), CHUNKS_AT_ONCE)) {
    const open = (await loadChunks(deps.jobs, job, indexes)).flatMap(jobEntries);
    const first = await findChanged(
      deps,
      job,
      open.map(({ id }) => id),
    );
    // Their id may be a stranger's by now. Graph may have named another one, by which they are still known.
    const missing = open.filter(({ id }) => !first.has(id)).flatMap(({ others }) => others);
    const found = missing.length === 0 ? first : new Map([...first, ...(await findChanged(deps, job, missing))]);
    for (const { entry, id, others } of open) {
      const user = [id, ...others].map((one) => found.get(one)).find((one) => one !== undefined);
      if (user) changed.set(user, entryOf(entry, user));
    }
  }
  return [...changed.values()];
}

interface JobEntry {
  readonly entry: Entry;
  readonly id: string;
  /** Other ids, as Graph named them. */
  readonly others: readonly string[];
}

function jobEntries({ entries, outcomes }: LoadedChunk): JobEntry[] {
  const named = new Map(
    outcomes.placed.map(({ index, waId, userId }) => [index, [waId, userId].flatMap((id) => id ?? [])]),
  );
  return entries.flatMap((entry, place) =>
    entry.identity ? [{ entry, id: entry.identity.id, others: named.get(place) ?? [] }] : [],
  );
}

/** By each id that leads to a changed user: the key of that user's mirror item. */
async function findChanged(deps: ChangedByJobDeps, job: Job, ids: readonly string[]): Promise<Map<string, string>> {
  const { changed, leftBy } = await lookUp(deps, job, ids);
  if (leftBy.size === 0) return changed;
  const moved = await lookUp(deps, job, [...new Set(leftBy.values())]);
  for (const [id, user] of leftBy) {
    const present = moved.changed.get(user);
    if (present !== undefined) changed.set(id, present);
  }
  return changed;
}

/** Also by each id that is somebody else's by now: the id to which its user moved. */
async function lookUp({ store }: ChangedByJobDeps, job: Job, ids: readonly string[]) {
  const isChanged = (user: MirrorUser) => isChangedBy(job, user);
  const known = await findUsers(store, { phoneNumberId: job.phoneNumberId, ids, consistent: true }, isChanged);
  const changed = new Map<string, string>();
  const leftBy = new Map<string, string>();
  for (const [id, { stored }] of known) {
    const user = mirrorUser(stored);
    if (user && isChanged(user)) changed.set(id, user.user);
    else if (user?.leftBy !== undefined) leftBy.set(id, user.leftBy);
  }
  return { changed, leftBy };
}

/** The spelling of the job, unless it spelled another id. */
function entryOf(entry: Entry, user: string): Entry {
  if (entry.identity?.id === user) return entry;
  const identity = parseIdentity(user);
  return { input: identity ? graphSpelling(identity) : user, identity };
}
