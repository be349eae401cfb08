import { businessScopedIds, phoneNumbers } from './numbers.ts';
import { simulator } from './simulator.ts';

/** The users on a list of the stack's Graph, now and earlier in the tests. */
export async function usersOfTests(): Promise<Set<string>> {
  return new Set([...(await simulator.everyone()), ...phoneNumbers(5_000), ...businessScopedIds(1_000)]);
}
