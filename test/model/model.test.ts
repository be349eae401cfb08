import fc from 'fast-check';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { type GraphSimulator, startGraphSimulator } from '../../local/graph-simulator/server.ts';
import { knowsItsOwn, recordsExactly, survives, tellsWhatIsLeft, yields } from './property.ts';

/**
 * The same sequences each time, so that a failure means that a change broke something. New ones are drawn by
 * `npm run test:soak`; `MODEL_SEED` repeats what a failure there printed, and `MODEL_RUNS` is the number of sequences.
 */
const seed = Number(process.env.MODEL_SEED ?? 20_261_122);
const runs = Number(process.env.MODEL_RUNS ?? 2_000);

describe('the service as a whole, by a model', () => {
  let simulator: GraphSimulator;
  beforeAll(async () => {
    simulator = await startGraphSimulator();
  });
  afterAll(() => simulator.stop());

  it('ends with the mirror equal to Graph, one outcome for each user, and nothing in progress, under every fault', async () => {
    await fc.assert(survives(simulator), { numRuns: runs, seed });
  });

  it('records each requested change and its end, even if the caller got an error', async () => {
    await fc.assert(knowsItsOwn(simulator), { numRuns: Math.ceil(runs / 2), seed });
  });

  it('records exactly what happened if nothing fails', async () => {
    await fc.assert(recordsExactly(simulator), { numRuns: Math.ceil(runs / 5), seed });
  });

  it('follows the caller if a request overlaps with a scheduled action', async () => {
    await fc.assert(yields(simulator), { numRuns: Math.ceil(runs / 5), seed });
  });

  it('leaves nothing of an erased person that the receipt does not name, whoever had their ids before and after', async () => {
    await fc.assert(tellsWhatIsLeft(simulator), { numRuns: Math.ceil(runs / 5), seed });
  });
});
