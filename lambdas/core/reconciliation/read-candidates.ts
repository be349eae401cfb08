import type { UserOutcome } from '../changes/outcome.ts';
import type { Identity } from '../users/identity.ts';
import { isAlias, mirrorUser } from '../users/mirror.ts';
import { otherForm } from '../users/number-forms.ts';
import { readUsers } from '../users/read-users.ts';
import type { Candidate, Correction } from './attribute-change.ts';
import type { GraphListUser } from './list-snapshot.ts';

/** Users of Graph's list by the key of the mirror item: an alias leads to its user. */
export async function readListed(
  { store, phoneNumberId, snapshot }: Correction,
  ids: readonly string[],
): Promise<Candidate[]> {
  const known = await readUsers(store, { phoneNumberId, ids, consistent: true });
  const formOf = (id: string) => (known.get(id)?.stored === undefined ? otherForm(id) : undefined);
  const forms = ids.flatMap((id) => formOf(id) ?? []);
  const others = forms.length === 0 ? undefined : await store.getUsers(phoneNumberId, forms, true);
  return ids.map((id) => {
    const { user, stored } = known.get(id) ?? { user: id, stored: undefined };
    const waiting = mirrorUser(others?.get(formOf(id) ?? id));
    if (waiting?.state === 'deferred' || waiting?.state === 'unknown') {
      const outcome: UserOutcome = { identity: { kind: 'phone', id: waiting.user }, ...snapshot.users.get(id) };
      return { user: id, prior: undefined, outcome, waiting };
    }
    const outcome = { identity: listedIdentity(id, snapshot.users.get(id)), ...snapshot.users.get(id) };
    // A user of that id replaces an alias that leads nowhere.
    return { user: isAlias(stored) ? id : user, prior: stored, outcome };
  });
}

/** Users in the mirror who are not on Graph's list. */
export async function readGone({ store, phoneNumberId }: Correction, ids: readonly string[]): Promise<Candidate[]> {
  const found = await store.getUsers(phoneNumberId, ids, true);
  return ids.flatMap((id): Candidate[] => {
    const prior = mirrorUser(found.get(id));
    if (prior?.state !== 'blocked') return [];
    return [
      { user: id, prior, outcome: { identity: listedIdentity(id, prior), waId: prior.waId, userId: prior.userId } },
    ];
  });
}

/** Graph's list has a user as a `wa_id`, in digits, or as a BSUID. */
function listedIdentity(id: string, { waId }: GraphListUser = {}): Identity {
  return waId === id || /^\d+$/.test(id) ? { kind: 'phone', id } : { kind: 'bsuid', id };
}
