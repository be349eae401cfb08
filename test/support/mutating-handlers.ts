/**
 * The handlers of every route that changes something. The routes of the stack are compared with this list, and the test of
 * who is recorded for a change uses each entry: a new route needs both.
 */
export const MUTATING_HANDLERS = [
  'block-users',
  'unblock-users',
  'create-jobs',
  'erase-user',
  'protect-user',
  'unprotect-user',
  'cancel-job',
  'retry-job',
  'revert-job',
  'start-reconciliation',
  'receive-webhook',
  'create-key',
  'rotate-key',
  'revoke-key',
] as const;

/** Not a GET, since a list of users does not fit an URL, and changes nothing. */
export const READING_HANDLERS = ['lookup-users'] as const;
