import { FULLNESS_LEVELS } from '../../contract/events.ts';
import type { BlocklistStore } from '../ports/blocklist-store.ts';
import type { NumberSummary } from '../users/number-summary.ts';
import { type RecordDeps, recordedNow } from './event.ts';

/** A list whose size is known, and what was told of it before. */
export interface ListFullness extends Pick<NumberSummary, 'fullness'> {
  readonly phoneNumberId: string;
  readonly size: number;
  readonly limit: number;
}

export interface ListNearlyFullDeps extends RecordDeps {
  readonly store: Pick<BlocklistStore, 'tellFullness'>;
}

/** Tells that a list has reached a level above the one that was told last. The store checks the size once more. */
export async function tellIfNearlyFull(deps: ListNearlyFullDeps, list: ListFullness): Promise<void> {
  const { phoneNumberId, size, limit, fullness = 0 } = list;
  const level = levelOf(size, limit);
  if (level === undefined || level <= fullness) return;
  const recorded = recordedNow(deps);
  await deps.store.tellFullness({
    type: 'List Nearly Full',
    detail: {
      id: `list-nearly-full/${phoneNumberId}/${recorded.sequence}`,
      ...recorded,
      phone_number_id: phoneNumberId,
      level,
      limit,
    },
  });
}

/** The highest level that a list has reached. */
export function levelOf(size: number, limit: number) {
  return FULLNESS_LEVELS.findLast((level) => size * 100 >= level * limit);
}
