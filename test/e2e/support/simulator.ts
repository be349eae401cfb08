import { afterEach, inject } from 'vitest';
import { z } from 'zod';
import type { ListChangeInput, UsersChangeInput } from '../../../local/graph-simulator/control-input.ts';
import type { FaultRuleInput } from '../../../local/graph-simulator/fault-schema.ts';
import type { OptionsInput } from '../../../local/graph-simulator/options.ts';

const numberState = z.object({ users: z.array(z.string()) });
const numbers = z.array(z.object({ phoneNumberId: z.string() }));
const call = z.object({
  method: z.string(),
  phoneNumberId: z.string(),
  users: z.number(),
  status: z.number().nullable(),
});
const faults = z.array(z.object({ fired: z.number() }));

async function control(method: string, path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(`${inject('simulatorUrl')}/_simulator${path}`, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`The simulator refused ${method} ${path}: ${text}`);
  return JSON.parse(text);
}

/** The Graph simulator of the deployed stack, by its control API. */
export const simulator = {
  /** Who is blocked at Graph: the truth that the mirror is held against. */
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

  /** Calls to Graph about a number that ended, oldest first. */
  async calls(phoneNumberId: string): Promise<z.infer<typeof call>[]> {
    const calls = z.array(call).parse(await control('GET', '/calls'));
    return calls.filter((one) => one.phoneNumberId === phoneNumberId);
  },

  /** Back to a Graph without faults; lists and the log of calls stay. */
  async calm(): Promise<void> {
    await control('DELETE', '/faults');
    await control('PUT', '/options', {});
  },
};

/** To be called once in a file: no test leaves faults to the next one. */
export function calmAfterEach(): void {
  afterEach(() => simulator.calm());
}
