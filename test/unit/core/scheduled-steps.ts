import type { UserOutcome } from '../../../lambdas/core/changes/outcome.ts';
import { totalsOf } from '../../../lambdas/core/changes/totals.ts';
import { submitChange } from '../../../lambdas/core/jobs/submit-change.ts';
import { runScheduledActions } from '../../../lambdas/core/scheduled/run-scheduled-actions.ts';
import { isAlias } from '../../../lambdas/core/users/mirror.ts';
import { receiveWebhook } from '../../../lambdas/core/webhook/receive-webhook.ts';
import { changeRequest, delivery, NUMBER, type World } from '../../support/world.ts';
import { stored } from './reconciliation-steps.ts';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** When it is so many milliseconds from now. */
export const inMs = (world: World, ms: number) => new Date(world.clock.now() + ms).toISOString();

/** Blocks users for a time. */
export async function blockFor(
  world: World,
  users: readonly string[],
  { ms, reason }: { ms: number; reason?: string },
) {
  await submitChange(world.deps, changeRequest(users, { expiresAt: inMs(world, ms), reason }));
  world.clock.advance(1_000);
}

/** Requests deferred blocks of users who have not written. */
export async function defer(
  world: World,
  users: readonly string[],
  change: { reason?: string; reasonCode?: string | undefined; onBehalfOf?: string; expiresAt?: string } = {},
) {
  for (const user of users) world.graph.failures.set(user, silence(world, user));
  const submitted = await submitChange(world.deps, changeRequest(users, { defer: true, ...change }));
  world.clock.advance(1_000);
  return submitted.kind === 'outcomes' ? submitted.results : [];
}

/** Refusals of somebody who did not write: as many as Graph is asked for. */
function silence(world: World, user: string) {
  const refusals: NonNullable<UserOutcome['failure']>[] = world.graph.failures.get(user) ?? [];
  refusals.push(...Array.from({ length: 100 }, () => ({ code: 131047, message: 'Re-engagement required' })));
  return refusals;
}

/** The user writes, so that Graph lets them be blocked. */
export const writes = (world: World, user: string) => void world.graph.failures.delete(user);

/** A run of the schedule, then a second in which nothing happens. */
export async function run(world: World, scheduledAction: 'expiry' | 'deferral') {
  const done = await runScheduledActions(world.deps, scheduledAction);
  world.clock.advance(1_000);
  return done;
}

export async function message(world: World, ...senders: string[]) {
  const received = await receiveWebhook(
    world.deps,
    delivery({ numbers: [{ phoneNumberId: NUMBER, senders, changes: [] }] }),
  );
  world.clock.advance(1_000);
  return received;
}

export function state(world: World, user: string): string | undefined {
  const item = stored(world, user);
  return item && !isAlias(item) ? item.state : undefined;
}

/** The counts that are kept, and those of the mirror: they must be the same. */
export function totals(world: World) {
  const { size, deferred, expiring } = world.store.summaries.get(NUMBER) ?? {};
  const recorded = [...world.store.users.values()].flatMap((item) => (isAlias(item) ? [] : [totalsOf(item)]));
  const sum = (name: 'size' | 'deferred' | 'expiring') => recorded.reduce((total, one) => total + one[name], 0);
  return {
    kept: { size, deferred, expiring },
    mirror: { size: sum('size'), deferred: sum('deferred'), expiring: sum('expiring') },
  };
}
