import type { ChangeRequest } from '../../../lambdas/core/jobs/submit-change.ts';
import { submitChange } from '../../../lambdas/core/jobs/submit-change.ts';
import { reconcileNumber } from '../../../lambdas/core/reconciliation/reconcile-number.ts';
import type { Drift } from '../../../lambdas/core/users/number-summary.ts';
import { changeRequest, NUMBER, type World } from '../../support/world.ts';

export const MINUTE_MS = 60_000;

/** A request that Graph answers, then a second in which nothing happens. */
export async function change(world: World, users: readonly string[], request: Partial<ChangeRequest> = {}) {
  await submitChange(world.deps, changeRequest(users, request));
  world.clock.advance(1_000);
}

/** A reconciliation, then a second in which nothing happens. */
export async function reconcile(world: World): Promise<Drift> {
  const drift = await reconcileNumber(world.deps, NUMBER, world.clock.now() + 7 * MINUTE_MS);
  world.clock.advance(1_000);
  return drift;
}

/** The mirror item of a user. */
export const stored = (world: World, user: string) => world.store.users.get(`${NUMBER}/${user}`);

/** The history of a user, oldest first: what, by whom, and why. */
export function recordedHistory(world: World, user: string): string[] {
  return [...world.store.events.values()]
    .filter((event) => event.user === user)
    .sort((a, b) => (a.at < b.at ? -1 : 1))
    .map(({ action, outcome, source, actor, reason }) =>
      [action, outcome === 'failed' ? 'failed' : '', source, actor.replace(/.*\//, ''), reason ?? '']
        .filter((word) => word !== '')
        .join(' '),
    );
}

export const size = (world: World) => world.store.summaries.get(NUMBER)?.size;

type Step =
  | 'appendEvents'
  | 'putUsers'
  | 'completeOperation'
  | 'completeWithRecords'
  | 'putUsersWithEvents'
  | 'finishReconciliation'
  | 'getUsers'
  | 'pageEvents';

/** DynamoDB fails once, at this write. */
export function failOnce(world: World, step: Step): void {
  const real = world.store[step];
  Object.assign(world.store, {
    [step]: () => {
      Object.assign(world.store, { [step]: real });
      return Promise.reject(new Error('DynamoDB is down'));
    },
  });
}

/** Something else happens right before the store is called so, once. */
export function rightBefore(world: World, step: Step, happens: () => Promise<void>): void {
  const real: (...args: never[]) => unknown = world.store[step];
  Object.assign(world.store, {
    [step]: async (...args: never[]) => {
      Object.assign(world.store, { [step]: real });
      await happens();
      return real.apply(world.store, args);
    },
  });
}

/** Every write of users and history from now on. */
export function watchWrites(world: World): string[] {
  const seen: string[] = [];
  for (const step of ['appendEvents', 'putUsers', 'putUsersWithEvents'] as const) {
    const real: (...args: never[]) => unknown = world.store[step];
    Object.assign(world.store, {
      [step]: (...args: never[]) => {
        seen.push(step);
        return real.apply(world.store, args);
      },
    });
  }
  return seen;
}
