import type { MetricName } from '../../lambdas/contract/metrics.ts';
import { OBJECTIVES } from './objectives.ts';
import { DAY_MINUTES, NEWS_MINUTES, untilNextRun, whenOn } from './periods.ts';
import { type AlarmRecord, type AlarmSettings, HIGHEST, type Watched } from './record.ts';

/** Alarms on the metrics of the service itself. */
export function serviceAlarms(settings: AlarmSettings): AlarmRecord[] {
  return [...requestAlarms(), ...tokenAlarms(settings), ...numberAlarms(settings)];
}

const service = (metric: MetricName): Watched => ({ of: 'service', metric });

function requestAlarms(): AlarmRecord[] {
  const faults = {
    cause: 'requests fail through the service itself',
    watched: service('ServiceFaults'),
    rings: 'from',
  } as const;
  return [
    {
      ...faults,
      name: 'service-faults',
      severity: 'page',
      description:
        'For a quarter of an hour, callers have got errors that neither they nor Graph caused: a function fails, runs out of time or gets no concurrency, or DynamoDB, Secrets Manager or the authorizer does not answer.',
      statistic: 'Average',
      threshold: OBJECTIVES.fastFaultShare,
      periodMinutes: NEWS_MINUTES,
      periods: 3,
    },
    {
      ...faults,
      name: 'service-faults-in-a-day',
      severity: 'ticket',
      description: 'More than one in a thousand requests of a day failed through the service itself.',
      statistic: 'Average',
      threshold: OBJECTIVES.faultShare,
      periodMinutes: DAY_MINUTES,
      periods: 1,
    },
    {
      name: 'requests-slow',
      severity: 'ticket',
      cause: 'the service adds too much to the time that Graph takes',
      description:
        'For a quarter of an hour, one in a hundred requests took 300 ms or more, besides the time of Graph. Callers wait; nothing fails.',
      watched: service('RequestOverheadMs'),
      statistic: 'p99',
      threshold: OBJECTIVES.overheadMs,
      rings: 'from',
      periodMinutes: NEWS_MINUTES,
      periods: 3,
    },
  ];
}

function tokenAlarms({ schedules }: AlarmSettings): AlarmRecord[] {
  return [
    {
      name: 'tokens-refused',
      severity: 'page',
      cause: 'Graph refuses an access token',
      description:
        'Graph refuses an access token, and the secret has no other: nobody can be blocked or unblocked on the numbers that use it.',
      watched: service('TokenDaysLeft'),
      statistic: 'Minimum',
      threshold: 0,
      rings: 'downTo',
      // Without callers, a reconciliation meets the token. So the alarm goes on from one of them to the next.
      periodMinutes: Math.max(60, untilNextRun(schedules.reconcile)),
      periods: 1,
    },
  ];
}

/** What the schedules measure, if they run. */
function numberAlarms({ schedules }: AlarmSettings): AlarmRecord[] {
  const { reconcile, sweep, expire } = schedules;
  return [
    ...whenOn(reconcile, (minutes): AlarmRecord[] => [
      {
        ...HIGHEST,
        name: 'mirror-too-old',
        severity: 'ticket',
        cause: 'the list of a number cannot be read from Graph',
        description:
          'The mirror of a number was not compared with Graph for twice as long as it should be: there is no such number, a permission is missing, or Graph throttled, failed or changed its list for too long. Other numbers are not affected.',
        watched: service('ReconcileAgeMax'),
        // An attempt that Graph keeps waiting is repeated for half an hour.
        threshold: Math.max(2 * minutes, 40) * 60,
        periodMinutes: untilNextRun(reconcile),
      },
      {
        ...HIGHEST,
        name: 'list-nearly-full',
        severity: 'ticket',
        cause: 'a list is full',
        description: 'The list of a number is 90 % full. Once it is full, Graph refuses to block anybody else there.',
        watched: service('ListUtilizationMax'),
        threshold: OBJECTIVES.listPercent,
        periodMinutes: untilNextRun(reconcile),
      },
    ]),
    ...whenOn(sweep, (minutes): AlarmRecord[] => [
      {
        ...HIGHEST,
        name: 'operations-open-too-long',
        severity: 'ticket',
        cause: 'an operation cannot be completed',
        description:
          'It has been unknown for too long what Graph made of a request: its number could not be reconciled, or something stops the recovery. Its users may or may not be blocked.',
        watched: service('OldestOpenOperationAge'),
        threshold: Math.max(OBJECTIVES.openOperationMinutes, minutes + 10) * 60,
        periodMinutes: untilNextRun(sweep),
      },
    ]),
    ...whenOn(expire, (minutes): AlarmRecord[] => [
      {
        ...HIGHEST,
        name: 'blocks-end-late',
        severity: 'ticket',
        cause: 'temporary blocks do not end',
        description:
          'Users stay blocked although their block should have ended: Graph refuses requests for their number, it has no token, or there are too many for one run.',
        watched: service('ExpiryLateness'),
        threshold: Math.max(OBJECTIVES.expiryLatenessMinutes, 2 * minutes) * 60,
        periodMinutes: untilNextRun(expire),
      },
    ]),
  ];
}
