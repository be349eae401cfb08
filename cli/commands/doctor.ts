import { ListSchedulesCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { blocklist } from '../../lambdas/openapi/blocklist.ts';
import { health } from '../../lambdas/openapi/service.ts';
import { list } from '../../lambdas/openapi/user.ts';
import { paths } from '../api/paths.ts';
import { CliError } from '../cli-error.ts';
import type { Context, NumberOptions } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { ageOf } from '../output/age.ts';
import { print } from '../output/print.ts';
import { type Column, table } from '../output/table.ts';
import { say } from '../terminal.ts';

/** One thing that was looked at. `skipped`: it could not be, and why. */
interface Finding {
  readonly check: string;
  readonly result: 'ok' | 'failed' | 'skipped';
  readonly detail: string;
  /** What to do. */
  readonly next?: string | undefined;
}

const COLUMNS: readonly Column<Finding>[] = [
  { head: 'CHECK', of: ({ check }) => check },
  { head: 'RESULT', of: ({ result }) => result },
  { head: 'DETAIL', of: ({ detail }) => detail },
  { head: 'DO', of: ({ next }) => next },
];

/** Hours after which a comparison with Graph is late: the schedule runs every hour unless it is set otherwise. */
const LATE_HOURS = 2;
const HOUR_MS = 3_600_000;

/** `blocklist doctor`: whether the service answers, whom it takes you for, and what runs behind it. */
export async function doctor(context: Context, { number }: NumberOptions): Promise<ExitCode> {
  const { terminal } = context;
  const findings = [
    await look('API', async () => {
      await context.api.call({ method: 'GET', path: paths.health }, health);
      return { detail: `${context.target.apiUrl} answers` };
    }),
  ];
  const reached = findings[0]?.result === 'ok';
  if (reached) {
    const chosen = number ?? (terminal.env.BLOCKLIST_NUMBER || undefined);
    findings.push(
      ...(chosen === undefined
        ? [skipped('Number', 'no --number was given, so token and comparison were not looked at')]
        : await Promise.all([token(context, chosen), comparison(context, chosen)])),
    );
  }
  findings.push(await schedules(context));
  print(context, { findings }, () => table(COLUMNS, findings));
  const failed = findings.filter(({ result }) => result === 'failed').length;
  if (failed > 0) say(terminal, `${failed} of ${findings.length} checks failed`);
  if (!reached) return EXIT.unavailable;
  return failed > 0 ? EXIT.someUsersFailed : EXIT.ok;
}

async function look(check: string, what: () => Promise<Omit<Finding, 'check' | 'result'>>): Promise<Finding> {
  try {
    return { check, result: 'ok', ...(await what()) };
  } catch (error) {
    if (!(error instanceof CliError) || error.exitCode === EXIT.interrupted) throw error;
    return { check, result: 'failed', detail: error.message, next: error.hint };
  }
}

function skipped(check: string, detail: string): Finding {
  return { check, result: 'skipped', detail };
}

function token({ api }: Context, number: string): Promise<Finding> {
  return look('Token', async () => {
    await api.call({ method: 'GET', path: paths.users(number), query: { source: 'graph', limit: 1 } }, list);
    return { detail: `Graph takes the token of ${number}` };
  });
}

function comparison({ api, terminal }: Context, number: string): Promise<Finding> {
  return look('Comparison with Graph', async () => {
    const found = await api.call({ method: 'GET', path: paths.blocklist(number) }, blocklist);
    const { reconciled_at: at, reconcile_failure: failure } = found;
    const age = ageOf(at, terminal.now());
    const next = `blocklist reconcile --number ${number}`;
    if (failure !== undefined)
      throw new CliError(EXIT.someUsersFailed, `the last one failed: ${failure.message}`, next);
    // A number that is new in use. If Graph could not be asked for its list, there is a failure.
    if (at === null) return { detail: 'none yet: the next run of the schedule makes the first', next };
    if (terminal.now() - Date.parse(at) > LATE_HOURS * HOUR_MS) {
      throw new CliError(EXIT.someUsersFailed, `the last one: ${age}`, next);
    }
    return { detail: `the last one: ${age}; ${found.size} of ${found.limit} blocked` };
  });
}

async function schedules({ target: { aws } }: Context): Promise<Finding> {
  const check = 'Schedules';
  if (aws === undefined) return skipped(check, 'only with --stage: they are not behind the API');
  const { region, credentials, endpoint, outputs } = aws;
  const client = new SchedulerClient({ region, credentials, ...(endpoint === undefined ? {} : { endpoint }) });
  try {
    const { Schedules = [] } = await client.send(new ListSchedulesCommand({ GroupName: outputs.ScheduleGroupName }));
    const off = Schedules.filter(({ State }) => State !== 'ENABLED').map(({ Name }) => Name);
    if (off.length === 0) return { check, result: 'ok', detail: `${Schedules.length} run` };
    return {
      check,
      result: 'failed',
      detail: `off: ${off.join(', ')}`,
      next: 'Enable them in EventBridge Scheduler, or deploy again',
    };
  } catch (error) {
    return skipped(check, `they cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}
