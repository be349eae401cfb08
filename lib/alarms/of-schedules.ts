import { type FunctionName, handlerOf } from '../../lambdas/contract/functions.ts';
import type { BlocklistConfig } from '../config.ts';
import { DAY_MINUTES, NEWS_MINUTES, whenOn } from './periods.ts';
import { type AlarmRecord, type AlarmSettings, HIGHEST, type Severity } from './record.ts';

/** CloudWatch looks back no further than a week, and a new alarm can wait for two days. */
const LONGEST_MINUTES = 7 * DAY_MINUTES;
const LONGEST_WARM_UP_MINUTES = 2 * DAY_MINUTES;
/** Runs in a row that a schedule may miss. One can be late, or be that of a deploy. */
const MISSED_RUNS = 3;

interface ScheduleRecord {
  readonly runs: FunctionName;
  readonly severity: Severity;
  readonly without: string;
}

/** What each schedule calls, and what is left undone without it. Nothing else does the work of the two that page. */
const SCHEDULES = {
  reconcile: {
    runs: 'listNumbers',
    severity: 'ticket',
    without: 'the mirror is not compared with Graph, and changes by other applications stay unknown',
  },
  expire: { runs: 'expireBlocks', severity: 'page', without: 'temporary blocks do not end' },
  deferred: { runs: 'retryDeferred', severity: 'ticket', without: 'deferred blocks wait until their users write' },
  sweep: { runs: 'sweep', severity: 'page', without: 'stalled operations and jobs are not recovered' },
  tokenCheck: { runs: 'checkTokens', severity: 'ticket', without: 'nobody hears of a token before it ends' },
} as const satisfies Readonly<Record<keyof BlocklistConfig['schedules'], ScheduleRecord>>;

const SCHEDULE_NAMES = ['reconcile', 'expire', 'deferred', 'sweep', 'tokenCheck'] as const;

/** Alarms on schedules that do not run, or whose runs are given up. */
export function scheduleAlarms({ schedules }: AlarmSettings): AlarmRecord[] {
  const missing = SCHEDULE_NAMES.flatMap((name) => {
    const { runs, severity, without } = SCHEDULES[name];
    return whenOn(schedules[name], (minutes) => didNotRun(name, minutes, { runs, severity, without }));
  });
  if (SCHEDULE_NAMES.every((name) => schedules[name] === 'off')) return [];
  const deadLetters: AlarmRecord = {
    ...HIGHEST,
    name: 'dead-letters',
    severity: 'ticket',
    cause: 'a run of a schedule was given up',
    description:
      'A run of a schedule could not be started, or failed after its retries. The messages of the queue say which, and why. The alarm goes on until they are deleted.',
    watched: { of: 'deadLetters' },
    threshold: 1,
    periodMinutes: NEWS_MINUTES,
  };
  return [...missing, deadLetters];
}

/** No data is bad here. A schedule so rare that three of its runs are more than a week has no such alarm. */
function didNotRun(schedule: string, minutes: number, { runs, severity, without }: ScheduleRecord): AlarmRecord[] {
  const periodMinutes = Math.min(Math.max(minutes, NEWS_MINUTES), DAY_MINUTES);
  const periods = Math.max(MISSED_RUNS, Math.ceil((MISSED_RUNS * minutes) / periodMinutes));
  if (periods * periodMinutes > LONGEST_MINUTES) return [];
  const name = handlerOf(schedule);
  return [
    {
      name: `${name}-did-not-run`,
      severity,
      cause: `the schedule ${name} does not run`,
      description: `The schedule ${name} has not run three times in a row: ${without}.`,
      watched: { of: 'function', name: runs, metric: 'Invocations' },
      statistic: 'Sum',
      threshold: 0,
      rings: 'downTo',
      periodMinutes,
      periods,
      warmUpMinutes: Math.min(periods * periodMinutes, LONGEST_WARM_UP_MINUTES),
    },
  ];
}
