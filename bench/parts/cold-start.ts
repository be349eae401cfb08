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
      const { firstMs, ms } = await container.invoke(file, blockEvent('1001', [user]));
      await container.stop();
      return { allMs: firstMs, importMs: firstMs - ms, requestMs: ms };
    };
    const figures = await interleave(
      ROUNDS,
      { ours: start(ours.file, 0), defaults: start(defaults.file, 1) },
      { warmUp: 1 },
    );
    // Every service that is called answers at once, since a caller waits for the rest equally long in both cases.
    const [own, other] = [inAll(figures.ours), inAll(figures.defaults)];
    const detail = `${spread(
      figures.ours.map(({ allMs }) => allMs),
      'ms',
    )}: ${parts(own)}; CDK's defaults ${format(other.allMs)} ms: ${parts(other)} (${(defaults.bytes / 1000).toFixed(0)} KB)`;
    return [result(THRESHOLDS.coldStart, own.allMs / other.allMs, detail)];
  });
}

interface Start {
  readonly allMs: number;
  readonly importMs: number;
  readonly requestMs: number;
}

function inAll(starts: readonly Start[]): Start {
  return {
    allMs: median(starts.map(({ allMs }) => allMs)),
    importMs: median(starts.map(({ importMs }) => importMs)),
    requestMs: median(starts.map(({ requestMs }) => requestMs)),
  };
}

function parts({ importMs, requestMs }: Start): string {
  return `import ${format(importMs)}, first request ${format(requestMs)}`;
}
