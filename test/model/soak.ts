/** `npm run test:soak -- [minutes] [seed]`: the model for as long as asked, 10 minutes by default. Ends with 1 on a failure. */
import fc from 'fast-check';
import { knowsItsOwn, recordsExactly, survives, tellsWhatIsLeft, withSimulator, yields } from './property.ts';

const [minutes = '10', seed] = process.argv.slice(2);
const endMs = Date.now() + Number(minutes) * 60_000;
if (!(Number(minutes) > 0) || (seed !== undefined && !/^-?\d+$/.test(seed))) {
  process.stderr.write('Usage: npm run test:soak -- [minutes] [seed]\n');
  process.exit(2);
}

/** Sequences between two lines of progress. */
const ROUND = 2_000;

await withSimulator(async (simulator) => {
  let next = seed === undefined ? Math.trunc(Math.random() * 2 ** 31) : Number(seed);
  for (let sequences = 0; Date.now() < endMs; next += 1) {
    for (const property of [
      survives(simulator),
      knowsItsOwn(simulator),
      recordsExactly(simulator),
      yields(simulator),
      tellsWhatIsLeft(simulator),
    ]) {
      const details = await fc.check(property, {
        seed: next,
        numRuns: ROUND,
        interruptAfterTimeLimit: endMs - Date.now(),
      });
      sequences += details.numRuns;
      if (!details.failed || details.interrupted) continue;
      const { errorInstance: error } = details;
      process.stdout.write(`${fc.defaultReportMessage(details) ?? ''}\n`);
      process.stdout.write(`${error instanceof Error ? error.stack : String(error)}\n`);
      process.stdout.write(`Repeat it with: npm run test:soak -- ${minutes} ${next}\n`);
      process.exitCode = 1;
      return;
    }
    process.stdout.write(`${sequences} sequences held, the last with the seed ${next}\n`);
  }
});
