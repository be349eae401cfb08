import { DependencyError } from '../errors.ts';
import type { AuditEvent } from '../history/audit-event.ts';
import { isoTime } from '../iso-time.ts';
import type { ProtectedStore } from '../ports/protected-store.ts';
import type { Clock } from '../ports/services.ts';
import type { Requester, Source } from '../users/mirror.ts';
import type { ProtectedUser } from './protected-user.ts';

export interface ChangeProtectionDeps {
  readonly store: ProtectedStore;
  readonly clock: Pick<Clock, 'now'>;
  readonly newId: (now: number) => string;
}

/** A protected user as they are to be; nothing else may be between. */
export interface WantedProtection {
  readonly user: string;
  readonly prior: ProtectedUser | undefined;
  /** Absent if the protection ends. */
  readonly next?: Omit<ProtectedUser, 'user' | 'revision' | 'protectedAt'> | undefined;
  readonly event: Pick<AuditEvent, 'action' | 'previous'> & Requester & { readonly source: Source };
}

/** Attempts against other writers of the same user. */
const MAX_ATTEMPTS = 5;

/**
 * Changes protected users, each together with its audit event. `decide` says what to change, in view of all of them; it is asked
 * again if another writer was first. Gives what it decided last.
 */
export async function changeProtection<Decided extends { readonly changes: readonly WantedProtection[] }>(
  { store, clock, newId }: ChangeProtectionDeps,
  decide: (all: readonly ProtectedUser[]) => Decided,
): Promise<Decided> {
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const decided = decide(await store.listProtected());
    let isWritten = true;
    for (const { user, prior, next, event } of decided.changes) {
      const nowMs = clock.now();
      const at = isoTime(nowMs);
      const revision = (prior?.revision ?? 0) + 1;
      isWritten &&= await store.changeProtection({
        prior,
        next: next && { ...next, user, protectedAt: prior?.protectedAt ?? at, revision },
        event: { ...event, user, at, operationId: newId(nowMs), outcome: 'succeeded' },
      });
    }
    if (isWritten) return decided;
  }
  throw new DependencyError('Other writers keep changing the same protected user');
}
