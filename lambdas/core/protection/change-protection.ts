import { DependencyError } from '../errors.ts';
import type { AuditEvent } from '../history/audit-event.ts';
import { isoTime } from '../iso-time.ts';
import type { ProtectedStore } from '../ports/protected-store.ts';
import type { Clock } from '../ports/services.ts';
import type { ProtectedUser } from './protected-user.ts';

export interface ChangeProtectionDeps {
  readonly store: ProtectedStore;
  readonly clock: Pick<Clock, 'now'>;
  readonly newId: (now: number) => string;
}

/** What a protected user becomes; without `next`, their protection ends. */
export type WantedProtection = { readonly event: Omit<AuditEvent, 'at' | 'operationId' | 'outcome'> } & (
  | { readonly prior: ProtectedUser | undefined; readonly next: Omit<ProtectedUser, 'revision'> }
  | { readonly prior: ProtectedUser; readonly next?: undefined }
);

/** Each attempt but the last fails only because another writer was first, so that many writers at once all come to their turn. */
const MAX_ATTEMPTS = 20;

/**
 * Changes protected users, each together with its audit event. `decide` says what to change, in view of all of them, at the time
 * `at`; it is asked again if another writer was first. Gives its last decision.
 */
export async function changeProtection<Decision extends { readonly changes: readonly WantedProtection[] }>(
  { store, clock, newId }: ChangeProtectionDeps,
  decide: (all: readonly ProtectedUser[], at: string) => Decision,
): Promise<Decision> {
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const nowMs = clock.now();
    const at = isoTime(nowMs);
    const decision = decide(await store.listProtected(), at);
    let isWritten = true;
    for (const { event, ...change } of decision.changes) {
      const recorded = { ...event, at, operationId: newId(nowMs), outcome: 'succeeded' } as const;
      isWritten &&= await (change.next
        ? store.changeProtection({ ...change, next: nextRevision(change.next, change.prior), event: recorded })
        : store.endProtection({ prior: change.prior, event: recorded }));
    }
    if (isWritten) return decision;
  }
  throw new DependencyError('Other writers keep changing the same protected user');
}

function nextRevision(next: Omit<ProtectedUser, 'revision'>, prior: ProtectedUser | undefined): ProtectedUser {
  return { ...next, revision: (prior?.revision ?? 0) + 1 };
}
