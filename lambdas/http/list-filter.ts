import { REASON_CODE } from '../contract/reasons.ts';
import { InvalidRequestError } from '../core/errors.ts';
import type { ListFilter } from '../core/users/list-filter.ts';
import { readMoment, START_OF_DAY } from './moment.ts';

/** Parameters that choose among the users of the mirror; `source` does so too. */
export const FILTERS = ['reason_code', 'blocked_by', 'expires_before', 'blocked_after', 'blocked_before'] as const;

type Query = Pick<ReadonlyMap<(typeof FILTERS)[number], string>, 'get'>;

/** A filter by the parameters that are given; `undefined` if none is. */
export function readFilter(query: Query, source: ListFilter['source']): ListFilter | undefined {
  const blockedAfter = readMoment(query.get('blocked_after'), 'blocked_after', START_OF_DAY);
  const blockedBefore = readMoment(query.get('blocked_before'), 'blocked_before', START_OF_DAY);
  if (blockedAfter !== undefined && blockedBefore !== undefined && blockedAfter >= blockedBefore) {
    throw new InvalidRequestError('blocked_after: must be earlier than blocked_before');
  }
  const filter: ListFilter = {
    reasonCode: readReasonCode(query.get('reason_code')),
    actor: query.get('blocked_by'),
    source,
    expiresBefore: readMoment(query.get('expires_before'), 'expires_before', START_OF_DAY),
    blockedAfter,
    blockedBefore,
  };
  return Object.values(filter).some((value) => value !== undefined) ? filter : undefined;
}

/** Of a filter. The code may be one that is no longer configured. */
export function readReasonCode(code: string | undefined): string | undefined {
  if (code === undefined || REASON_CODE.test(code)) return code;
  throw new InvalidRequestError(
    'reason_code: must be 1 to 32 lower-case letters, digits or underscores, a letter first, like spam',
  );
}
