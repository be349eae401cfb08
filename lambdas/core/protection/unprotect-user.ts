import { findEverywhere } from '../users/find-everywhere.ts';
import { changeProtection } from './change-protection.ts';
import { notProtected } from './get-protected-user.ts';
import type { ProtectionDeps, ProtectionRequest } from './protect-user.ts';
import { protectedUsersOf, withForms } from './protected-user.ts';

/** Ends the protection of the user by every id of theirs, or answers 404. A refused block is not made up for. */
export async function unprotectUser(deps: ProtectionDeps, { id, ...requester }: ProtectionRequest): Promise<void> {
  const { ids } = await findEverywhere(deps.store, { id });
  await changeProtection(deps, (all) => {
    const known = protectedUsersOf(all, withForms(ids));
    if (known.length === 0) throw notProtected();
    return {
      changes: known.map((prior) => ({
        prior,
        event: { user: prior.user, action: 'unprotect', source: 'api', ...requester },
      })),
    };
  });
}
