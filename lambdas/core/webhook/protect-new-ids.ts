import { type ChangeProtectionDeps, changeProtection } from '../protection/change-protection.ts';
import type { ProtectedIds } from '../protection/protected-ids.ts';
import { protectedUsersOf, withForms } from '../protection/protected-user.ts';
import type { ChangedIdentity, Forwarder } from './notice.ts';

/**
 * A protected user has another number or id, which is protected too from now on. The ids that they had stay protected until an
 * operator ends that. If this fails, the news must be delivered again.
 */
export async function protectNewIds(
  deps: ChangeProtectionDeps & { readonly protectedIds: Pick<ProtectedIds, 'forget'> },
  { action, from, waId, userId }: ChangedIdentity,
  forwarder: Forwarder,
): Promise<void> {
  const { changes } = await changeProtection(deps, (all) => ({
    changes: protectedUsersOf(all, withForms(from)).flatMap(({ revision, ...prior }) => {
      const ids = withForms([...prior.ids, ...from, ...[waId, userId].flatMap((id) => id ?? [])]);
      if (ids.length === prior.ids.length) return [];
      const { user } = prior;
      const event = { user, action, previous: from[0], ...forwarder, source: 'webhook' as const };
      return [{ prior: { ...prior, revision }, next: { ...prior, ids }, event }];
    }),
  }));
  if (changes.length > 0) deps.protectedIds.forget();
}
