import { LATE_EVENT_SECONDS } from '../../lambdas/contract/events.ts';
import { ALL_FUNCTIONS, handlerOf } from '../../lambdas/contract/functions.ts';
import { NEWS_MINUTES, untilNextRun } from './periods.ts';
import { type AlarmRecord, type AlarmSettings, HIGHEST, ONE_EVENT } from './record.ts';

/** Alarms on what AWS measures of functions, workflows and the table. */
export function resourceAlarms(settings: AlarmSettings): AlarmRecord[] {
  return [...errorAlarms(settings), ...workerAlarms(), ...workflowAlarms(), ...tableAlarms(), ...eventAlarms()];
}

/** Errors of functions for which nobody waits: the contract says what each of them means. */
function errorAlarms({ schedules }: AlarmSettings): AlarmRecord[] {
  return ALL_FUNCTIONS.flatMap(([name, { errorsMean, schedule }]): AlarmRecord[] => {
    if (errorsMean === undefined) return [];
    const alarm = `${handlerOf(name)}-errors`;
    return [
      {
        ...ONE_EVENT,
        name: alarm,
        severity: 'ticket',
        cause: alarm,
        description: errorsMean,
        watched: { of: 'function', name, metric: 'Errors' },
        periodMinutes: untilNextRun(schedules[schedule?.name ?? 'reconcile']),
      },
    ];
  });
}

/** The workers of the workflows. What is wrong with a function behind the API, callers see: it is a fault. */
function workerAlarms(): AlarmRecord[] {
  const sustained = { ...ONE_EVENT, periodMinutes: NEWS_MINUTES, periods: 3, cause: 'Lambda has no free concurrency' };
  return [
    {
      ...ONE_EVENT,
      name: 'chunks-given-up',
      severity: 'ticket',
      cause: 'the worker of jobs fails',
      description:
        'A chunk of a job failed at every try. Its users have the outcome 139103: they may or may not have been changed.',
      watched: { of: 'function', name: 'failChunk', metric: 'Invocations' },
      periodMinutes: NEWS_MINUTES,
    },
    {
      ...sustained,
      name: 'process-chunk-throttles',
      severity: 'ticket',
      description:
        'For a quarter of an hour, Lambda had no free concurrency for chunks of jobs. They are tried again for 29 minutes.',
      watched: { of: 'function', name: 'processChunk', metric: 'Throttles' },
    },
    {
      ...sustained,
      name: 'reconcile-numbers-throttles',
      severity: 'ticket',
      description:
        'For a quarter of an hour, Lambda had no free concurrency for reconciliations. They are tried again for 29 minutes, and by the next run.',
      watched: { of: 'function', name: 'reconcileNumbers', metric: 'Throttles' },
    },
  ];
}

function workflowAlarms(): AlarmRecord[] {
  const workflows = ['jobs', 'reconciliation'] as const;
  return workflows.flatMap((name): AlarmRecord[] => {
    const shared = {
      ...ONE_EVENT,
      severity: 'ticket',
      periodMinutes: NEWS_MINUTES,
      cause: `the workflow ${name} fails`,
    } as const;
    return [
      {
        ...shared,
        name: `${name}-executions-failed`,
        description: `An execution of the workflow ${name} failed. Its history says in which state, and why.`,
        watched: { of: 'workflow', name, metric: 'ExecutionsFailed' },
      },
      {
        ...shared,
        name: `${name}-executions-timed-out`,
        description: `An execution of the workflow ${name} timed out: it took longer than any execution should.`,
        watched: { of: 'workflow', name, metric: 'ExecutionsTimedOut' },
      },
      {
        ...shared,
        name: `${name}-executions-throttled`,
        cause: 'Step Functions is at a quota of the account',
        description: `For a quarter of an hour, Step Functions slowed down the workflow ${name}, since the account is at a quota. Nothing is lost.`,
        watched: { of: 'workflow', name, metric: 'ExecutionThrottled' },
        periods: 3,
      },
    ];
  });
}

function tableAlarms(): AlarmRecord[] {
  const shared = {
    ...ONE_EVENT,
    severity: 'ticket',
    periodMinutes: NEWS_MINUTES,
    periods: 3,
    cause: 'DynamoDB throttles',
  } as const;
  return [
    {
      ...shared,
      name: 'table-reads-throttled',
      description:
        'For a quarter of an hour, DynamoDB refused reads of the table, which were repeated. Callers wait longer, or get a 503.',
      watched: { of: 'table', metric: 'ReadThrottleEvents' },
    },
    {
      ...shared,
      name: 'table-writes-throttled',
      description:
        'For a quarter of an hour, DynamoDB refused writes to the table, which were repeated. Callers wait longer, or get a 503; jobs take longer.',
      watched: { of: 'table', metric: 'WriteThrottleEvents' },
    },
    {
      ...shared,
      name: 'index-writes-throttled',
      description:
        'For a quarter of an hour, DynamoDB refused writes to the index of scheduled work, and so to the table. They were repeated.',
      watched: { of: 'table', metric: 'WriteThrottleEvents', isIndex: true },
    },
  ];
}

/** What brings events to the bus. No event is lost: each sweep publishes what is left. */
function eventAlarms(): AlarmRecord[] {
  return [
    {
      ...HIGHEST,
      name: 'events-late',
      severity: 'ticket',
      cause: 'events do not reach the bus',
      description:
        'An event took more than a minute to get onto the bus: the bus refuses or throttles events, or the function that publishes them fails. None is lost: each sweep publishes what is left.',
      watched: { of: 'function', name: 'publishEvents', metric: 'IteratorAge' },
      threshold: LATE_EVENT_SECONDS * 1_000,
      periodMinutes: NEWS_MINUTES,
    },
  ];
}
