import { mapConcurrent } from '../../lambdas/core/map-concurrent.ts';
import { type Job, job } from '../../lambdas/openapi/job.ts';
import { isFinal } from '../api/is-final.ts';
import { paths } from '../api/paths.ts';
import { CliError } from '../cli-error.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { lengthOf } from '../output/age.ts';
import { ProgressBar } from '../output/progress-bar.ts';

/** Milliseconds between two looks at a job. */
const EVERY = 2_000;
const AT_ONCE = 8;

/** Shows the progress of jobs until all have ended, and gives them as they then are. Ctrl-C ends the watching, not the jobs. */
export async function watchJobs(context: Context, ids: readonly string[]): Promise<Job[]> {
  const { terminal, api } = context;
  const bar = new ProgressBar(terminal);
  const pace = new Pace(terminal.now());
  const ended = new Map<string, Job>();
  try {
    for (;;) {
      const running: Job[] = [];
      const open = ids.filter((id) => !ended.has(id));
      await mapConcurrent(open, AT_ONCE, async (id) => {
        const one = await api.call({ method: 'GET', path: paths.job(id) }, job);
        if (isFinal(one)) ended.set(id, one);
        else running.push(one);
      });
      const all = [...running, ...ended.values()];
      const total = all.reduce((sum, { users }) => sum + users.total, 0);
      const failed = all.reduce((sum, { users }) => sum + users.failed, 0);
      const remaining = all.reduce((sum, { users }) => sum + users.remaining, 0);
      bar.show({ done: total - remaining, total, note: noteOf(failed, pace.secondsLeft(remaining, terminal.now())) });
      if (ended.size === ids.length) break;
      await terminal.sleep(EVERY);
    }
  } catch (error) {
    if (!terminal.signal.aborted) throw error;
    const [first = ''] = ids;
    throw new CliError(
      EXIT.interrupted,
      'Stopped watching; the job goes on',
      `To watch it again: blocklist jobs watch ${first}`,
    );
  } finally {
    bar.end();
  }
  return ids.flatMap((id) => ended.get(id) ?? []);
}

function noteOf(failed: number, secondsLeft: number | undefined): string {
  const failures = failed > 0 ? `${failed} failed` : '';
  const left = secondsLeft === undefined ? '' : `about ${lengthOf(secondsLeft)} left`;
  return [failures, left].filter((text) => text !== '').join(', ');
}

/** How fast users get their outcome, since the watching began. */
class Pace {
  readonly #startMs: number;
  #first: number | undefined;

  constructor(startMs: number) {
    this.#startMs = startMs;
  }

  secondsLeft(remaining: number, nowMs: number): number | undefined {
    this.#first ??= remaining;
    const done = this.#first - remaining;
    return done > 0 && remaining > 0 ? (remaining / done) * ((nowMs - this.#startMs) / 1000) : undefined;
  }
}
