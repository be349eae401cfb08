import { type ChangeProtectionDeps, changeProtection } from '../protection/change-protection.ts';
import type { ProtectedIds } from '../protection/protected-ids.ts';
import { hadAt, type ProtectedUser, protectedUsersOf, withForms } from '../protection/protected-user.ts';
import type { ChangedIdentity, Forwarder } from './notice.ts';

/**
 * A protected user has another number or id, which is protected too from now on. The ids that they had stay protected until an
 * operator ends that. News of a time at which somebody else had the id, before the protection or after an earlier move, is
 * not about them. If this fails, the news must be delivered again.
 */
export async function protectNewIds(
  deps: ChangeProtectionDeps & { readonly protectedIds: Pick<ProtectedIds, 'forget'> },
  change: ChangedIdentity,
  forwarder: Forwarder,
): Promise<void> {
  const { action, at, from } = change;
  const former = withForms(from);
  const { changes } = await changeProtection(deps, (all) => {
    const meant = all.filter((one) => former.some((id) => hadAt(one, id, at)));
    const known = protectedUsersOf(
      all,
      meant.flatMap(({ ids }) => ids),
    );
    return {
      changes: known.flatMap((prior) => {
        const next = afterMove(prior, change);
        const event = { user: prior.user, action, previous: from[0], ...forwarder, source: 'webhook' as const };
        return next ? [{ prior, next, event }] : [];
      }),
    };
  });
  if (changes.length > 0) deps.protectedIds.forget();
}

/** The user with the ids of the news; nothing if these are known. */
function afterMove(
  { revision, ...prior }: ProtectedUser,
  { at, from, waId, userId }: ChangedIdentity,
): Omit<ProtectedUser, 'revision'> | undefined {
  const got = withForms([waId, userId].flatMap((id) => id ?? []));
  const left = withForms(from).filter((id) => !got.includes(id));
  const { held = {} } = prior;
  const isNew = (id: string) => !prior.ids.includes(id) || (held[id]?.left !== undefined && held[id].left < at);
  const gained = got.filter(isNew).map((id) => [id, { since: at }] as const);
  const lost = left.filter((id) => held[id]?.left === undefined).map((id) => [id, { ...held[id], left: at }] as const);
  if (gained.length + lost.length === 0) return undefined;
  return {
    ...prior,
    ids: [...new Set([...prior.ids, ...withForms(from), ...got])],
    held: { ...held, ...Object.fromEntries([...gained, ...lost]) },
  };
}
