import { BlockList } from './block-list.ts';
import { SimulatorClock } from './clock.ts';
import { FaultScript } from './faults.ts';
import { type Options, optionsSchema, type StartOptions } from './options.ts';
import { type RandomStream, randomStream, traceId } from './random.ts';
import { RateLimiter } from './rate-limit.ts';
import { Recorder } from './recorder.ts';
import { UserFacts } from './user-facts.ts';

/** The first version of a list: large, as Meta's `versionId` values are. */
const FIRST_VERSION = 1_700_000_000_000_000;

interface RandomStreams {
  trace: RandomStream;
  jitter: RandomStream;
  users: RandomStream;
}

/** Everything that a simulator knows. Graph's side reads and changes it, and so does the control side. */
export class SimulatorState {
  readonly clock: SimulatorClock;
  readonly recorder = new Recorder();
  readonly limiter = new RateLimiter();
  faults: FaultScript;
  facts: UserFacts;
  random: RandomStreams;
  readonly #start: StartOptions;
  #options: Options;
  #lists = new Map<string, BlockList>();
  /** One sequence for all lists, never reset: no version is used twice, so a stale cursor is never valid. */
  #version = FIRST_VERSION;

  constructor(start: StartOptions, now: () => number) {
    this.#start = start;
    this.clock = new SimulatorClock(now);
    const { faults, blocked, ...options } = start;
    this.#options = options;
    this.facts = new UserFacts(options);
    this.faults = new FaultScript(options.seed);
    this.random = streams(options.seed);
    this.faults.add(faults);
    for (const [phoneNumberId, users] of Object.entries(blocked)) this.list(phoneNumberId).add(users);
  }

  get options(): Options {
    return this.#options;
  }

  set options(options: Options) {
    const reseeded = options.seed !== this.#options.seed;
    this.#options = options;
    this.facts = new UserFacts(options);
    if (!reseeded) return;
    this.random = streams(options.seed);
    const rules = this.faults.list().map(({ rule }) => rule);
    this.faults = new FaultScript(options.seed);
    this.faults.add(rules);
  }

  /** The list of a phone number id, made when first asked for. */
  list(phoneNumberId: string): BlockList {
    const known = this.#lists.get(phoneNumberId);
    if (known !== undefined) return known;
    const list = new BlockList(() => ++this.#version);
    this.#lists.set(phoneNumberId, list);
    return list;
  }

  lists(): ReadonlyMap<string, BlockList> {
    return this.#lists;
  }

  nextTrace(): string {
    return traceId(this.random.trace);
  }

  /** Resets to the state at the start. Calls in progress continue, and end on the lists that they found. */
  reset(): void {
    const { faults, blocked, ...options } = this.#start;
    this.#options = optionsSchema.parse(options);
    this.facts = new UserFacts(this.#options);
    this.random = streams(options.seed);
    this.faults = new FaultScript(options.seed);
    this.faults.add(faults);
    this.limiter.clear();
    this.recorder.clear();
    this.clock.offsetMs = 0;
    this.#lists = new Map();
    for (const [phoneNumberId, users] of Object.entries(blocked)) this.list(phoneNumberId).add(users);
  }
}

function streams(seed: number): RandomStreams {
  return {
    trace: randomStream(seed, 'trace'),
    jitter: randomStream(seed, 'jitter'),
    users: randomStream(seed, 'users'),
  };
}
