import { NUMBERS_PER_EVENT } from '../../contract/events.ts';
import type { HeldToken } from '../ports/services.ts';
import type { TokenFinding } from '../scheduled/token-findings.ts';
import { type RecordDeps, recordedNow, type ServiceEvent } from './event.ts';

/** A token, and what the check found of it. */
export interface CheckedToken {
  readonly held: Pick<HeldToken, 'phoneNumberIds' | 'isDefault'>;
  readonly found: TokenFinding;
}

/** None if the token works, or could not be checked. A check that is repeated on the same day makes the same event. */
export function tokenEvent(deps: RecordDeps, { held, found }: CheckedToken): ServiceEvent | undefined {
  const { phoneNumberIds, isDefault } = held;
  const recorded = recordedNow(deps);
  const detail = (kind: string) => ({
    id: `${kind}/${isDefault ? 'default' : phoneNumberIds[0]}/${recorded.at.slice(0, 10)}`,
    ...recorded,
    is_default: isDefault,
    number_count: phoneNumberIds.length,
    phone_number_ids: phoneNumberIds.slice(0, NUMBERS_PER_EVENT),
  });
  if (found.state === 'does_not_work') return { type: 'Token Refused', detail: detail('token-refused') };
  if (found.state !== 'ends_soon') return undefined;
  const { endsAt, ends } = found;
  return { type: 'Token Expiring', detail: { ...detail('token-expiring'), expires_at: endsAt, ends } };
}
