import { buildByDefaults, buildHandler } from '../environment/build-handlers.ts';
import { withEnvironment } from '../environment/environment.ts';
import { blockEvent, users } from '../environment/events.ts';
import { interleave } from '../measure/interleave.ts';
import { format, median, spread } from '../measure/stats.ts';
import { type Result, result, THRESHOLDS } from '../thresholds.ts';

const ROUNDS = 15;

/** A fresh process each time: import of the bundle and its first request, which reads the secret and blocks one user. */
export async function measureColdStart(): Promise<Result[]> {
  const ours = await buildHandler('block-users');
  const defaults = await buildByDefaults('block-users');
  return withEnvironment({ dynamoMs: 0, graphMs: 0 }, async (environment) => {
    const start = (file: string, offset: number) => async (round: number) => {
      const container = environment.container();
      const [user = ''] = users(1, round * 2 + offset);
      const { firstMs } = await container.invoke(file, blockEvent('1001', [user]));
      await container.stop();
      return firstMs;
    };
    const figures = await interleave(
      ROUNDS,
      { ours: start(ours.file, 0), defaults: start(defaults.file, 1) },
      { warmUp: 1 },
    );
    // Every service that is called answers at once, since a caller waits for the rest equally long in both cases.
    const detail = `${spread(figures.ours, 'ms')}; CDK's defaults ${format(median(figures.defaults))} ms (${(defaults.bytes / 1000).toFixed(0)} KB)`;
    return [result(THRESHOLDS.coldStart, median(figures.ours) / median(figures.defaults), detail)];
  });
}
