import type { Group } from './groups.ts';

/** The numbers of an import: some, or every number in use. */
export type Numbers = readonly string[] | 'all';

interface Sending {
  readonly action: 'block' | 'unblock';
  readonly numbers: Numbers;
  readonly defer: boolean;
}

/** The request of a group, for `POST /jobs`. */
export function bodyOf({ action, numbers, defer }: Sending, { terms, rows }: Group) {
  return {
    action,
    ...(numbers === 'all' ? { all_numbers: true } : { phone_number_ids: numbers }),
    block_users: rows.map(({ user }) => ({ user })),
    reason: terms.reason,
    reason_code: terms.reasonCode,
    expires_at: terms.expiresAt,
    expires_in: terms.expiresIn,
    defer: defer ? true : undefined,
  };
}
