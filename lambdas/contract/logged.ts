/** Log messages that the saved queries look for. What is wrong with one number is no error of the function, which goes on with the others. */
export const LOGGED = {
  numberNotReconciled: 'number not reconciled',
  scheduledActionFailed: 'scheduled action failed',
  eventsLate: 'events late',
} as const;
