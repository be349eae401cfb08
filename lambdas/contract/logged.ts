/** Log messages that an alarm counts. */
export const LOGGED = {
  numberNotReconciled: 'number not reconciled',
  scheduledActionFailed: 'scheduled action failed',
} as const;
