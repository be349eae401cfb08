import { afterEach } from 'vitest';
import { z } from 'zod';
import type { ListChangeInput, UsersChangeInput } from '../../../local/graph-simulator/control-input.ts';
import type { FaultRuleInput } from '../../../local/graph-simulator/fault-schema.ts';
import type { OptionsInput } from '../../../local/graph-simulator/options.ts';
import { until } from '../../../local/until.ts';
import { place } from './place.ts';

const numberState = z.object({ users: z.array(z.string()) });
const numbers = z.array(z.object({ phoneNumberId: z.string() }));
const call = z.object({
  method: z.string(),
  phoneNumberId: z.string(),
  users: z.number(),
  /** Null if no answer was sent. */
  status: z.number().nullable(),
  /** Graph's code of the whole request. */
  code: z.number().nullable(),
});
export type GraphCall = z.infer<typeof call>;
const counters = z.object({ inFlight: z.number() });
const faults = z.array(z.object({ fired: z.number() }));

async function control(method: string, path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(`${place.simulatorUrl}/_simulator${path}`, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`The simulator refused ${method} ${path}: ${text}`);
  return JSON.parse(text);
}

/** The Graph simulator of the deployed stack, by its control API. */
export const simulator = {
  /** Who is blocked at Graph: the truth that the mirror is compared with. */
  async list(phoneNumberId: string): Promise<string[]> {
    return numberState.parse(await control('GET', `/numbers/${phoneNumberId}`)).users;
  },

  /** Every user on any list. */
  async everyone(): Promise<Set<string>> {
    const users = new Set<string>();
    for (const { phoneNumberId } of numbers.parse(await control('GET', '/numbers'))) {
      for (const user of await simulator.list(phoneNumberId)) users.add(user);
    }
    return users;
  },

  /** Changes a list as another application of the business would. */
  async changeList(phoneNumberId: string, change: ListChangeInput): Promise<void> {
    await control('PATCH', `/numbers/${phoneNumberId}`, change);
  },

  async changeUsers(change: UsersChangeInput): Promise<void> {
    await control('PATCH', '/users', change);
  },

  async setOptions(options: OptionsInput): Promise<void> {
    await control('PATCH', '/options', options);
  },

  async addFaults(...rules: FaultRuleInput[]): Promise<void> {
    await control('POST', '/faults', rules);
  },

  /** How often each rule took effect. */
  async faultsFired(): Promise<number[]> {
    return faults.parse(await control('GET', '/faults')).map(({ fired }) => fired);
  },

  /** Calls that it works on, or lets hang. */
  async inFlight(): Promise<number> {
    return counters.parse(await control('GET', '/counters')).inFlight;
  },

  /** Calls to Graph about a number that ended, oldest first. */
  async calls(phoneNumberId: string): Promise<GraphCall[]> {
    const calls = z.array(call).parse(await control('GET', '/calls'));
    return calls.filter((one) => one.phoneNumberId === phoneNumberId);
  },

  /** Those of them that change its list: a job of a new number asks Graph about that first. */
  async changes(phoneNumberId: string): Promise<GraphCall[]> {
    return (await simulator.calls(phoneNumberId)).filter(({ method }) => method !== 'GET');
  },

  /** Back to a Graph without faults; lists and the log of calls stay. */
  async calm(): Promise<void> {
    await control('DELETE', '/faults');
    await control('PUT', '/options', {});
  },
};

/** Calls about a number, once `enough` says so of those that ended. */
export function callsUntil(
  what: string,
  phoneNumberId: string,
  enough: (calls: readonly GraphCall[]) => boolean,
): Promise<GraphCall[]> {
  return until(what, async () => {
    const calls = await simulator.calls(phoneNumberId);
    return enough(calls) ? calls : undefined;
  });
}

/** Calls that change the list of a number, once `enough` says so of those that ended. */
export function changesUntil(
  what: string,
  phoneNumberId: string,
  enough: (calls: readonly GraphCall[]) => boolean,
): Promise<GraphCall[]> {
  return until(what, async () => {
    const calls = await simulator.changes(phoneNumberId);
    return enough(calls) ? calls : undefined;
  });
}

/** Users in requests that were carried out and answered: more than there are, if somebody was sent twice. */
export function sent(calls: readonly GraphCall[]): number {
  return calls.reduce((sum, { status, users }) => (status === 200 ? sum + users : sum), 0);
}

/** To be called once in a file: no test leaves faults to the next one. */
export function calmAfterEach(): void {
  afterEach(() => simulator.calm());
}
