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

/** What a protected user becomes. */
export interface WantedProtection {
  readonly prior: ProtectedUser | undefined;
  /** Absent if the protection ends. */
  readonly next?: Omit<ProtectedUser, 'revision'> | undefined;
  readonly event: Omit<AuditEvent, 'at' | 'operationId' | 'outcome'>;
}

/** Attempts against other writers of the same user. */
const MAX_ATTEMPTS = 5;

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
    for (const { prior, next, event } of decision.changes) {
      isWritten &&= await store.changeProtection({
        prior,
        next: next && { ...next, revision: (prior?.revision ?? 0) + 1 },
        event: { ...event, at, operationId: newId(nowMs), outcome: 'succeeded' },
      });
    }
    if (isWritten) return decision;
  }
  throw new DependencyError('Other writers keep changing the same protected user');
}
