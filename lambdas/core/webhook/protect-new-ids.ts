import { type ChangeProtectionDeps, changeProtection } from '../protection/change-protection.ts';
import type { ProtectedIds } from '../protection/protected-ids.ts';
import { protectedUsersOf, withForms } from '../protection/protected-user.ts';
import type { ChangedIdentity, Forwarder } from './notice.ts';

/**
 * A protected user has another number or id, which is protected too from now on. The ids that they had stay protected until an
 * operator ends that. If this fails, the same news must be delivered again.
 */
export async function protectNewIds(
  deps: ChangeProtectionDeps & { readonly protectedIds: Pick<ProtectedIds, 'forget'> },
  { action, from, waId, userId }: ChangedIdentity,
  forwarder: Forwarder,
): Promise<void> {
  const { changes } = await changeProtection(deps, (all) => ({
    changes: protectedUsersOf(all, from).flatMap((prior) => {
      const { user, revision: _, protectedAt: __, ...kept } = prior;
      const ids = withForms([...prior.ids, ...from, ...[waId, userId].flatMap((id) => id ?? [])]);
      if (ids.length === prior.ids.length) return [];
      const previous = from.find((id) => prior.ids.includes(id)) ?? from[0];
      return [
        { user, prior, next: { ...kept, ids }, event: { action, previous, ...forwarder, source: 'webhook' as const } },
      ];
    }),
  }));
  if (changes.length > 0) deps.protectedIds.forget();
}
