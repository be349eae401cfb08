import type { FunctionName } from './functions.ts';

/** Log messages that an alarm counts. */
export const LOGGED = {
  numberNotReconciled: 'number not reconciled',
  scheduledActionFailed: 'scheduled action failed',
  eventsLate: 'events late',
} as const;

interface LoggedAlarm {
  /** Whose logs have the message; how often the first of them runs is what the alarm counts over. */
  readonly functions: readonly [FunctionName, ...FunctionName[]];
  readonly message: keyof typeof LOGGED;
  readonly description: string;
}

/**
 * What is wrong with one number is no error of the function, which goes on with the others: its log has a line of it. The
 * alarms that count such lines, by their names; a metric and its filter follow from each.
 */
export const LOGGED_ALARMS: Readonly<Record<string, LoggedAlarm>> = {
  'blocks-not-ended': {
    functions: ['expireBlocks'],
    message: 'scheduledActionFailed',
    description:
      'Users of a number stay blocked although their block should have ended: Graph refuses requests for that number, or it has no token. The log says which number, and why. The next run tries again. Other numbers are not affected.',
  },
  'deferred-not-retried': {
    // Both try a deferred block: at its time, and when its user writes.
    functions: ['retryDeferred', 'receiveWebhook'],
    message: 'scheduledActionFailed',
    description:
      'Deferred blocks of a number could not be retried, at their time or when their users wrote: Graph refuses requests for that number, or it has no token. The log says which number, and why. The next run tries again. Other numbers are not affected.',
  },
  'numbers-not-reconciled': {
    functions: ['reconcileNumbers'],
    message: 'numberNotReconciled',
    description:
      'The list of a number could not be read from Graph: there is no such number, a permission or token is missing, or the list kept changing, or Graph throttled or failed for too long. The log says which. Other numbers are not affected.',
  },
  'events-late': {
    functions: ['publishEvents', 'sweep'],
    message: 'eventsLate',
    description:
      'Events waited for more than a minute to get onto the bus, and may still wait: the bus refuses or throttles them, or the function that publishes them fails or is not called. None is lost: they stay in the table, and each sweep publishes what is left. The log says how many, and since when.',
  },
};
