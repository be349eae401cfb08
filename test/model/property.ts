import fc from 'fast-check';
import { type GraphSimulator, startGraphSimulator } from '../../local/graph-simulator/server.ts';
import { calmSequences, metSequences, movedSequences, ownSequences, type Sequence, sequences } from './commands.ts';
import { astray, brokenInvariants, inexactHistories, missingTerms, strangersDoing } from './invariants.ts';
import { inexactReverts } from './reverts.ts';
import { ModelService } from './service.ts';

export async function withSimulator(run: (simulator: GraphSimulator) => Promise<void>): Promise<void> {
  const simulator = await startGraphSimulator();
  try {
    await run(simulator);
  } finally {
    await simulator.stop();
  }
}

/** Any requests, in any order, under any faults: everything ends in a correct state. */
export function survives(simulator: GraphSimulator): fc.IAsyncProperty<[Sequence]> {
  return fc.asyncProperty(sequences, async (sequence) => {
    const service = new ModelService(simulator, sequence);
    await service.run();
    fail(await brokenInvariants(service));
  });
}

/** If nothing fails, what is recorded is what happened. */
export function recordsExactly(simulator: GraphSimulator): fc.IAsyncProperty<[Sequence]> {
  return fc.asyncProperty(calmSequences, async (sequence) => {
    const service = new ModelService(simulator, sequence);
    await service.run();
    fail([
      ...(await brokenInvariants(service)),
      ...(await inexactHistories(service)),
      ...(await inexactReverts(service)),
      ...(await astray(service)),
      ...service.leftovers,
    ]);
  });
}

/** What an erasure leaves of a person, who may have moved, and of the users of their ids before and after them, is in its receipt. */
export function tellsWhatIsLeft(simulator: GraphSimulator): fc.IAsyncProperty<[Sequence]> {
  return fc.asyncProperty(movedSequences, async (sequence) => {
    const service = new ModelService(simulator, sequence);
    await service.run();
    fail([...(await brokenInvariants(service)), ...service.leftovers]);
  });
}

/** If a request and a scheduled action overlap at Graph, nothing is left uncertain. */
export function yields(simulator: GraphSimulator): fc.IAsyncProperty<[Sequence]> {
  return fc.asyncProperty(metSequences, async (sequence) => {
    const service = new ModelService(simulator, sequence);
    await service.run();
    fail([...(await brokenInvariants(service)), ...(await strangersDoing(service))]);
  });
}

/** Even if callers got errors: a change requested through this service is not external, and a temporary block has its end. */
export function knowsItsOwn(simulator: GraphSimulator): fc.IAsyncProperty<[Sequence]> {
  return fc.asyncProperty(ownSequences, async (sequence) => {
    const service = new ModelService(simulator, sequence);
    await service.run();
    fail([...(await brokenInvariants(service)), ...(await strangersDoing(service)), ...(await missingTerms(service))]);
  });
}

function fail(broken: readonly string[]): void {
  if (broken.length > 0) throw new Error(broken.join('\n'));
}
