import { detailsOf, type Failure, malformed, type UserOutcome } from '../changes/outcome.ts';
import { type Chunk, type ChunkOutcomes, isChunkFinal, type LoadedChunk, type PlacedOutcome } from './job.ts';

/** Places of the users that have no outcome yet. Malformed entries have theirs from the start. */
export function pendingPlaces({ entries, outcomes, chunk }: LoadedChunk): readonly number[] {
  if (isChunkFinal(chunk)) return [];
  return outcomes.pending ?? entries.flatMap(({ identity }, place) => (identity ? [place] : []));
}

/** Adds the outcomes of an attempt for the users at these places, in their order. Users of `isOpen` stay pending. */
export interface AttemptOutcomes {
  readonly places: readonly number[];
  readonly results: readonly UserOutcome[];
  readonly isOpen?: (outcome: UserOutcome) => boolean;
}

export function withOutcomes(
  loaded: LoadedChunk,
  { places, results, isOpen = () => false }: AttemptOutcomes,
): ChunkOutcomes {
  const final = new Set<number>();
  const placed: PlacedOutcome[] = [...loaded.outcomes.placed];
  results.forEach((outcome, position) => {
    const index = places[position];
    if (index === undefined || isOpen(outcome)) return;
    final.add(index);
    const { failure, deferral, identity, userId } = outcome;
    const refusal = failure ?? deferral;
    const waId = outcome.waId === identity.id ? undefined : outcome.waId;
    const id = userId === identity.id ? undefined : userId;
    if (refusal || waId !== undefined || id !== undefined) {
      const deferred = deferral ? true : undefined;
      placed.push({ index, code: refusal?.code, deferred, message: refusal && sentence(refusal), waId, userId: id });
    }
  });
  return { placed, pending: pendingPlaces(loaded).filter((place) => !final.has(place)) };
}

/** Graph's `message` is the name of the code; `details` says what is wrong with this user. */
function sentence(failure: Failure): string {
  const { message, details } = failure;
  return details === undefined || details === message ? detailsOf(failure) : `${message}: ${detailsOf(failure)}`;
}

export function countOutcomes(loaded: LoadedChunk): Pick<Chunk, 'succeeded' | 'failed' | 'deferred'> {
  const nobody = loaded.entries.filter(({ identity }) => !identity).length;
  const deferred = loaded.outcomes.placed.filter((outcome) => outcome.deferred).length;
  const failed = nobody + loaded.outcomes.placed.filter(({ code }) => code !== undefined).length - deferred;
  return { failed, deferred, succeeded: loaded.entries.length - failed - deferred - pendingPlaces(loaded).length };
}

/** One user of a job as its caller sees it. */
export interface JobUser {
  readonly input: string;
  readonly outcome: 'succeeded' | 'failed' | 'deferred';
  readonly code?: number | undefined;
  readonly message?: string | undefined;
  readonly waId?: string | undefined;
  readonly userId?: string | undefined;
}

/** Every user of a chunk that has an outcome, by place; pending users are absent. */
export function jobUsers(loaded: LoadedChunk): (JobUser & { readonly place: number })[] {
  const pending = new Set(pendingPlaces(loaded));
  const placed = new Map(loaded.outcomes.placed.map((outcome) => [outcome.index, outcome]));
  return loaded.entries.flatMap((entry, place): (JobUser & { readonly place: number })[] => {
    const { input, identity } = entry;
    if (pending.has(place)) return [];
    if (!identity) {
      const failure = malformed(entry);
      return [{ place, input, outcome: 'failed', code: failure.code, message: sentence(failure) }];
    }
    const said = placed.get(place);
    const outcome = said?.code === undefined ? 'succeeded' : said.deferred ? 'deferred' : 'failed';
    const waId = said?.waId ?? (identity.kind === 'phone' && outcome === 'succeeded' ? identity.id : undefined);
    const userId = said?.userId ?? (identity.kind === 'bsuid' ? identity.id : undefined);
    return [{ place, input, outcome, code: said?.code, message: said?.message, waId, userId }];
  });
}
