import { businessScopedIds, phoneNumbers } from './numbers.ts';
import { simulator } from './simulator.ts';

/** Whoever is on a list of the stack's Graph now, and whom tests had there before. */
export async function usersOfTests(): Promise<Set<string>> {
  return new Set([...(await simulator.everyone()), ...phoneNumbers(5_000), ...businessScopedIds(1_000)]);
}
