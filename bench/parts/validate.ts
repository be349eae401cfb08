import { buildHandler } from '../environment/build-handlers.ts';
import { Container } from '../environment/container.ts';
import { blockEvent, users } from '../environment/events.ts';
import { interleave } from '../measure/interleave.ts';
import { format, median, spread } from '../measure/stats.ts';
import { type Result, result, THRESHOLDS } from '../thresholds.ts';

const ROUNDS = 15;

/** A fresh process each time: `JSON.parse` of the body, or all that is done with it until every entry is known to be well formed. */
export async function measureValidation(): Promise<Result[]> {
  const { file } = await buildHandler('bench/environment/read-request');
  const event = blockEvent('1001', users(64_000));
  const run = (validate: boolean) => async () => {
    const container = new Container({});
    // The import is no part of it.
    await container.invoke(file, {});
    const { ms } = await container.invoke(file, { what: validate ? 'validate' : 'parse', event });
    await container.stop();
    return ms;
  };
  const figures = await interleave(ROUNDS, { validate: run(true), parse: run(false) }, { warmUp: 1 });
  const detail = `${spread(figures.validate, 'ms')}; JSON.parse ${format(median(figures.parse))} ms`;
  return [result(THRESHOLDS.validate, median(figures.validate) / median(figures.parse), detail)];
}
