import {
  clockChangeSchema,
  type ListChangeInput,
  listChangeSchema,
  listContentSchema,
  parseInput,
  type UsersChangeInput,
  usersChangeSchema,
} from './control-input.ts';
import { type FaultRuleInput, faultRulesSchema } from './fault-schema.ts';
import type { FaultRuleState } from './faults.ts';
import { numberOptionsSchema, type Options, type OptionsInput, optionsSchema, phoneNumberIdSchema } from './options.ts';
import type { CallRecord, Counters } from './recorder.ts';
import type { SimulatorState } from './state.ts';

export interface NumberSummary {
  phoneNumberId: string;
  version: number;
  size: number;
}

export interface NumberState extends NumberSummary {
  /** The whole list in its order: `wa_id`s and BSUIDs. */
  users: string[];
}

export interface ClockState {
  /** Epoch ms. */
  now: number;
  offsetMs: number;
}

/**
 * Reads and sets everything in a simulator. The routes under `/_simulator` call these methods, so both behave the same.
 * Every method throws a `ControlInputError` that names the field when its input is refused, and then changes nothing.
 */
export class SimulatorControl {
  readonly #state: SimulatorState;

  constructor(state: SimulatorState) {
    this.#state = state;
  }

  options(): Options {
    return structuredClone(this.#state.options);
  }

  /** Makes `options` the options: what is absent gets its default. Lists, faults, counters and clock stay. */
  putOptions(options: OptionsInput): Options {
    this.#state.options = parseInput(optionsSchema, options);
    return this.options();
  }

  /** Changes the options named; each is replaced as a whole. */
  patchOptions(patch: OptionsInput): Options {
    return this.putOptions({ ...this.#state.options, ...patch });
  }

  /** The phone number ids that have a list. */
  numbers(): NumberSummary[] {
    return [...this.#state.lists()].map(([phoneNumberId, { version, size }]) => ({ phoneNumberId, version, size }));
  }

  number(phoneNumberId: string): NumberState {
    const list = this.#list(phoneNumberId);
    return { phoneNumberId, version: list.version, size: list.size, users: list.page(0, list.size) };
  }

  /** Puts users on a list and takes users off, as another application would: the version moves, no rule is asked. */
  changeNumber(phoneNumberId: string, change: ListChangeInput): NumberSummary {
    const { add, remove } = parseInput(listChangeSchema, change);
    const list = this.#list(phoneNumberId);
    list.remove(remove);
    list.add(add);
    return { phoneNumberId, version: list.version, size: list.size };
  }

  /** Makes `users` the list. */
  setNumber(phoneNumberId: string, users: readonly string[]): NumberSummary {
    const content = parseInput(listContentSchema, { users });
    const list = this.#list(phoneNumberId);
    list.replace(content.users);
    return { phoneNumberId, version: list.version, size: list.size };
  }

  /** Changes what is known of users without naming all of it again, as `patchOptions` would have to. */
  changeUsers(change: UsersChangeInput): void {
    const { lastInboundAt, waIds, ...sets } = parseInput(usersChangeSchema, change);
    const options = this.options();
    if (lastInboundAt !== undefined) {
      const { users, at, phoneNumberId } = lastInboundAt;
      const known =
        phoneNumberId === undefined ? options.lastInboundAt : numberOf(options, phoneNumberId).lastInboundAt;
      for (const user of users) known[user] = at;
    }
    Object.assign(options.waIds, waIds);
    for (const name of [
      'invalidNumbers',
      'malformedNumbers',
      'businessAccounts',
      'forgotten',
      'listedWithoutId',
    ] as const) {
      const { add = [], remove = [] } = sets[name] ?? {};
      const removed = new Set(remove);
      options[name] = [...new Set([...options[name].filter((user) => !removed.has(user)), ...add])];
    }
    this.#state.options = options;
  }

  /** Sets when users last wrote: to one number, or to every number if none is named. Epoch ms; null: never. */
  setLastInboundAt(users: string[], at: number | null, phoneNumberId?: string): void {
    this.changeUsers({ lastInboundAt: { users, at, ...(phoneNumberId === undefined ? {} : { phoneNumberId }) } });
  }

  /** Adds fault rules behind those that are there. */
  addFaults(...rules: FaultRuleInput[]): FaultRuleState[] {
    this.#state.faults.add(parseInput(faultRulesSchema, rules));
    return this.faults();
  }

  faults(): FaultRuleState[] {
    return this.#state.faults.list();
  }

  clearFaults(): void {
    this.#state.faults.clear();
  }

  counters(): Counters {
    return this.#state.recorder.counters();
  }

  /** The last calls that ended, oldest first, at most `logSize` of them. */
  calls(): CallRecord[] {
    return this.#state.recorder.calls(this.#state.options.logSize);
  }

  clock(): ClockState {
    const { clock } = this.#state;
    return { now: clock.now(), offsetMs: clock.offsetMs };
  }

  changeClock(change: { offsetMs: number } | { advanceMs: number }): ClockState {
    const parsed = parseInput(clockChangeSchema, change);
    const { clock } = this.#state;
    clock.offsetMs = 'offsetMs' in parsed ? parsed.offsetMs : clock.offsetMs + parsed.advanceMs;
    return this.clock();
  }

  advanceTime(milliseconds: number): ClockState {
    return this.changeClock({ advanceMs: milliseconds });
  }

  /** Everything as at the start: options, lists, faults, counters, log, rate limits, clock. */
  reset(): void {
    this.#state.reset();
  }

  #list(phoneNumberId: string) {
    return this.#state.list(parseInput(phoneNumberIdSchema, phoneNumberId));
  }
}

function numberOf(options: Options, phoneNumberId: string): Options['numbers'][string] {
  const entry = options.numbers[phoneNumberId] ?? numberOptionsSchema.parse({});
  options.numbers[phoneNumberId] = entry;
  return entry;
}
