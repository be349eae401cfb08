import fc from 'fast-check';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { type GraphSimulator, startGraphSimulator } from '../../local/graph-simulator/server.ts';
import { survives, tellsExactly, yields } from './property.ts';

/** `MODEL_SEED` repeats what a failure printed; `MODEL_RUNS` is the number of sequences. */
const repeat = process.env.MODEL_SEED === undefined ? {} : { seed: Number(process.env.MODEL_SEED) };
const runs = Number(process.env.MODEL_RUNS ?? 2_000);

describe('the service as a whole, by a model', () => {
  let simulator: GraphSimulator;
  beforeAll(async () => {
    simulator = await startGraphSimulator();
  });
  afterAll(() => simulator.stop());

  it('ends with the mirror equal to Graph, one outcome for each user, and nothing left under way, whatever fails', async () => {
    await fc.assert(survives(simulator), { numRuns: runs, ...repeat });
  });

  it('tells exactly what happened where nothing fails', async () => {
    await fc.assert(tellsExactly(simulator), { numRuns: Math.ceil(runs / 5), ...repeat });
  });

  it('does what a caller wants who meets its own doing', async () => {
    await fc.assert(yields(simulator), { numRuns: Math.ceil(runs / 5), ...repeat });
  });
});
