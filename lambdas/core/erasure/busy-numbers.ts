import { isoTime } from '../iso-time.ts';
import { mapConcurrent } from '../map-concurrent.ts';
import type { BlocklistStore } from '../ports/blocklist-store.ts';
import type { JobStore } from '../ports/job-store.ts';
import type { Clock } from '../ports/services.ts';
import { findOpenOperations } from '../reconciliation/open-operations.ts';
import { type Everywhere, presentIds } from '../users/find-everywhere.ts';

export interface BusyNumbersDeps {
  readonly store: BlocklistStore;
  readonly jobs: JobStore;
  readonly clock: Pick<Clock, 'now'>;
}

/** Numbers that are worked on at once. */
const NUMBERS_AT_ONCE = 16;
/** No operation is due later. */
const EVER = isoTime(Date.parse('9999-12-31T00:00:00.000Z'));

/** Numbers with an operation on the person that has no certain end: it has their ids, or its worker may still write. */
export async function busyNumbers(deps: BusyNumbersDeps, { rows, ids, previousIds }: Everywhere): Promise<string[]> {
  const { phoneNumberIds: open } = await deps.store.listOverdueOperations(EVER);
  const asked = new Set(rows.map(({ phoneNumberId }) => phoneNumberId));
  const own = new Set([...ids, ...previousIds, ...rows.flatMap(({ user }) => presentIds(user))]);
  const busy: string[] = [];
  await mapConcurrent(
    open.filter((phoneNumberId) => asked.has(phoneNumberId)),
    NUMBERS_AT_ONCE,
    async (phoneNumberId) => {
      const { inProgress, abandoned } = await findOpenOperations(deps, phoneNumberId, deps.clock.now());
      if ([...inProgress, ...abandoned].some((operation) => !operation.ids.isDisjointFrom(own)))
        busy.push(phoneNumberId);
    },
  );
  return busy;
}
