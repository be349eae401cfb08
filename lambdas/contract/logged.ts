/** Messages of the log that an alarm looks for. */
export const LOGGED = { numberNotReconciled: 'number not reconciled', dueNotDone: 'what is due was not done' } as const;
