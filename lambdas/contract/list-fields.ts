/** What the list says of a user: what `fields` can select beside Graph's `messaging_product`, and the columns of an export. */
export const USER_FIELDS = [
  'wa_id',
  'user_id',
  'input',
  'reason',
  'reason_code',
  'blocked_at',
  'expires_at',
  'blocked_by',
  'source',
] as const;
