import { ASSUMED } from './assumed.ts';
import type { Activity, CostCounts } from './counts-schema.ts';
import { PRICES, type PriceName } from './prices.ts';

/** How much of what is used, by the names of the prices. */
export type Usage = Readonly<Partial<Record<PriceName, number>>>;

export function dollars(name: PriceName, quantity: number): number {
  const { dollars: price, per } = PRICES[name];
  return (quantity * price) / per;
}

export function total(usage: Usage): number {
  return entries(usage).reduce((sum, [name, quantity]) => sum + dollars(name, quantity), 0);
}

/** What is used of anything, in the order of the price table. */
export function entries(usage: Usage): [PriceName, number][] {
  return (Object.keys(PRICES) as PriceName[]).flatMap((name) => {
    const quantity = usage[name] ?? 0;
    return quantity === 0 ? [] : [[name, quantity] as [PriceName, number]];
  });
}

export function times(usage: Usage, factor: number): Usage {
  return Object.fromEntries(entries(usage).map(([name, quantity]) => [name, quantity * factor]));
}

export function add(...usages: readonly Usage[]): Usage {
  const sum: Partial<Record<PriceName, number>> = {};
  for (const usage of usages) {
    for (const [name, quantity] of entries(usage)) sum[name] = (sum[name] ?? 0) + quantity;
  }
  return sum;
}

/** Milliseconds that Lambda bills: the waits as they were, and the CPU stretched by the share that the memory buys. */
export function billedMs(
  { waitMs, cpuMs }: { readonly waitMs: number; readonly cpuMs: number },
  memoryMb: number,
): number {
  return waitMs + cpuMs * Math.max(1, ASSUMED.wholeCpuMb / memoryMb);
}

/** Milliseconds that Lambda bills of all functions of an activity together. */
export function billedMsOf({ stack }: Pick<CostCounts, 'stack'>, { functions }: Activity): number {
  return Object.entries(functions).reduce((sum, [name, one]) => sum + billedMs(one, memoryOf(stack, name)), 0);
}

function memoryOf(stack: CostCounts['stack'], name: string): number {
  const memoryMb = stack.memoryMb[name];
  if (memoryMb === undefined) throw new Error(`There is no function ${name}`);
  return memoryMb;
}

/** What an activity uses in its functions, the table, the secret and the functions' logs. */
export function usageOf({ stack }: Pick<CostCounts, 'stack'>, activity: Activity): Usage {
  const functions = Object.entries(activity.functions);
  const calls = functions.reduce((sum, [, one]) => sum + one.calls, 0);
  const logBytes = functions.reduce((sum, [, one]) => sum + one.logBytes + one.calls * ASSUMED.lambdaLogBytes, 0);
  const seconds = functions.reduce((sum, [name, one]) => {
    const memoryMb = memoryOf(stack, name);
    return sum + (billedMs(one, memoryMb) / 1_000) * (memoryMb / 1_024);
  }, 0);
  return {
    lambdaRequests: calls,
    lambdaSeconds: seconds,
    writeUnits: activity.writeUnits,
    readUnits: activity.readUnits,
    secretReads: activity.secretReads,
    logs: logBytes / 1_000_000,
  };
}

/** A request's own: API Gateway, and its line in the access log. */
export const REQUEST: Usage = { apiRequests: 1, logs: ASSUMED.accessLogBytes / 1_000_000 };

/** A workflow's own: transitions, log lines, and a trace for each execution at most. */
export function workflow(used: { transitions: number; events: number; executions: number }): Usage {
  return {
    transitions: used.transitions,
    logs: (used.events * ASSUMED.workflowLogBytes) / 1_000_000,
    traces: used.executions,
  };
}
