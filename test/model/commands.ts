import fc from 'fast-check';
import { DAY_MS } from '../../lambdas/core/durations.ts';
import type { FaultRuleInput } from '../../local/graph-simulator/fault-schema.ts';

/** Two numbers, so that what belongs to one never shows on the other. */
export const NUMBERS = ['106540352242922', '106540352242923'] as const;

/**
 * Few users, so that they are touched again and again. One is known to Graph by another `wa_id` than their number, one has
 * no number, one never wrote, and one entry is no user at all.
 */
export const USERS = [
  '16505550001',
  '16505550002',
  '16505550003',
  '16505550004',
  '16505550005',
  '16505550006',
  '5511987650007',
  'US.13491208655302741918',
] as const;
export const OTHER_WA_ID = { '5511987650007': '551187650007' } as const;
/** Users who did not write in the last 24 hours, until they do. */
export const SILENT = ['16505550005', '16505550006', '5511987650007'] as const;
/** Both forms of one number, each an entry of its own on Graph's list. */
const FORMS = ['525550001234', '5215550001234'] as const;
/** Numbers that users change to. No request uses them. */
export const NEW_NUMBERS = ['16505559001', '16505559002', '16505559005', ...FORMS] as const;
export const NEW_BSUID = 'US.99991208655302741918';
export const MALFORMED = 'nobody';
/** Every id under which the mirror may hold a user. */
export const EVERYONE: readonly string[] = [...USERS, ...Object.values(OTHER_WA_ID), ...NEW_NUMBERS, NEW_BSUID];

export type Command =
  | {
      readonly kind: 'change';
      readonly action: 'block' | 'unblock';
      readonly number: number;
      readonly users: readonly string[];
      readonly asJob: boolean;
      /** Number of an `Idempotency-Key`. */
      readonly key: number | undefined;
      readonly caller: number;
      /** Of a block: milliseconds after which it ends by itself. */
      readonly expiresInMs: number | undefined;
      readonly defer: boolean;
    }
  | { readonly kind: 'cancel' | 'retry' | 'revert'; readonly job: number }
  | { readonly kind: 'reconcile'; readonly number: number }
  | { readonly kind: 'sweep' | 'expire' | 'retry-deferred' }
  /** A user writes, and the webhook is forwarded; or the 24 hours after their message are over. */
  | { readonly kind: 'inbound'; readonly number: number; readonly user: string; readonly deliveries: number }
  | { readonly kind: 'silence'; readonly user: string }
  /** A user has another number or id, and the webhook is forwarded, at once or late. Graph's list does not follow. */
  | {
      readonly kind: 'identity';
      readonly number: number;
      readonly from: string;
      readonly to: string;
      readonly ageMs: number;
      readonly deliveries: number;
    }
  /** Somebody changes the list without this service. */
  | {
      readonly kind: 'external';
      readonly number: number;
      readonly add: readonly string[];
      readonly remove: readonly string[];
    }
  | { readonly kind: 'kill-function' | 'kill-execution'; readonly nth: number }
  | { readonly kind: 'revoke-token' | 'replace-token' }
  /** An operator protects a user from every block, or ends that. */
  | { readonly kind: 'protect' | 'unprotect'; readonly user: string }
  /** A person asks for the erasure of what is stored about them. */
  | { readonly kind: 'erase'; readonly user: string; readonly unblock: boolean };

/** A command, so many milliseconds after the one before, which may still be at work. */
export interface Step {
  readonly afterMs: number;
  readonly command: Command;
}

export interface Sequence {
  readonly steps: readonly Step[];
  /** Decides the order in which concurrent processes act, and where faults hit. */
  readonly seed: number;
  readonly faults: readonly FaultRuleInput[];
  /** Probability that a call of DynamoDB fails. */
  readonly storeFaults: number;
  readonly listLimit: number;
  readonly pageSize: number;
}

const number = fc.nat(NUMBERS.length - 1);
const users = fc.array(fc.constantFrom(...USERS, MALFORMED), { minLength: 1, maxLength: 7 });
const listed = fc.uniqueArray(fc.constantFrom(...USERS.slice(0, 6)), { maxLength: 3 });

/** Meta delivers at least once. */
const deliveries = fc.constantFrom(1, 1, 2);

const identity = fc.record({
  kind: fc.constant('identity' as const),
  number,
  // Some swap their numbers, change to the other form of theirs, or are announced by the form that was not sent.
  from: fc.constantFrom(USERS[0], USERS[1], SILENT[0], USERS[7], USERS[6], OTHER_WA_ID[USERS[6]], ...FORMS),
  to: fc.constantFrom(...NEW_NUMBERS, NEW_BSUID, USERS[0], USERS[1], USERS[6], OTHER_WA_ID[USERS[6]]),
  ageMs: fc.constantFrom(0, 0, 0, 5_000, 1_200_000, 3 * DAY_MS, 9 * DAY_MS),
  deliveries,
});

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant('change' as const),
      action: fc.constantFrom('block' as const, 'unblock' as const),
      number,
      users,
      asJob: fc.boolean(),
      key: fc.option(fc.nat(2), { nil: undefined }),
      caller: fc.nat(1),
      expiresInMs: fc.option(fc.constantFrom(200, 5_000, 60_000, 900_000, 7_200_000), { nil: undefined, freq: 2 }),
      defer: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constantFrom('expire' as const, 'expire' as const, 'retry-deferred' as const) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('inbound' as const),
      number,
      user: fc.constantFrom(...SILENT, USERS[0], USERS[7]),
      deliveries,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('silence' as const), user: fc.constantFrom(...SILENT) }) },
  { weight: 2, arbitrary: identity },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('cancel' as const, 'retry' as const), job: fc.nat(5) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('revert' as const), job: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('reconcile' as const), number }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('sweep' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('external' as const), number, add: listed, remove: listed }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('kill-function' as const, 'kill-execution' as const),
      nth: fc.nat(5),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constantFrom('revoke-token' as const, 'replace-token' as const) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('protect' as const, 'protect' as const, 'unprotect' as const),
      user: fc.constantFrom(...USERS, ...NEW_NUMBERS),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('erase' as const),
      user: fc.constantFrom(...USERS, ...NEW_NUMBERS),
      unblock: fc.boolean(),
    }),
  },
);

/** Mostly at once or soon after each other; sometimes when everything has come to rest, or the schedules are due. */
const afterMs = fc.oneof(
  { weight: 6, arbitrary: fc.nat(120) },
  { weight: 2, arbitrary: fc.integer({ min: 1_000, max: 30_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 300_000, max: 1_800_000 }) },
);

/** Every code of the table that a whole request can be refused with. */
const REQUEST_CODES = [1, 2, 3, 4, 10, 17, 80007, 100, 139101, 139102, 139103, 130429, 190, 200, 368] as const;
const USER_CODES = [100, 130429, 131021, 131047, 139101, 139103] as const;
/** Those that report a failure, not a refusal. */
const DOUBTFUL: ReadonlySet<number> = new Set([1, 2, 139103]);

const fault: fc.Arbitrary<FaultRuleInput['fault']> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('error' as const),
      code: fc.constantFrom(...REQUEST_CODES),
      isTransient: fc.boolean(),
      applied: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('error' as const),
      code: fc.constant(130429),
      regainAccessMinutes: fc.nat(90),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('user-errors' as const),
      code: fc.constantFrom(...USER_CODES),
      probability: fc.constantFrom(0.3, 1),
      applied: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('forget' as const), applied: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('http' as const),
      status: fc.constantFrom(429, 500, 502, 503, 504),
      applied: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('html' as const, 'truncated' as const, 'empty' as const),
      applied: fc.boolean(),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('reset' as const), applied: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('hang' as const), applied: fc.boolean() }) },
);

const rule: fc.Arbitrary<FaultRuleInput> = fc.record({
  method: fc.constantFrom('GET' as const, 'POST' as const, 'DELETE' as const),
  probability: fc.constantFrom(0.05, 0.15, 0.4),
  fault,
});

const world = {
  seed: fc.integer({ min: 1, max: 2 ** 31 }),
  listLimit: fc.constantFrom(5, 64_000, 64_000),
  pageSize: fc.constantFrom(1, 3, 1_000),
};

/** Commands side by side, under faults of Graph and of DynamoDB. */
export const sequences: fc.Arbitrary<Sequence> = fc.record({
  ...world,
  steps: fc.array(fc.record({ afterMs, command }), { minLength: 1, maxLength: 14 }),
  faults: fc.array(rule, { maxLength: 4 }),
  storeFaults: fc.constantFrom(0, 0, 0.01, 0.05),
});

/** Faults of a Graph that never says that it refused for certain what it has done. */
const doubtfulFault: fc.Arbitrary<FaultRuleInput['fault']> = fault.map((one) => {
  const isDoubtful = one.kind === 'error' || one.kind === 'user-errors' ? DOUBTFUL.has(one.code) : true;
  return isDoubtful && !(one.kind === 'http' && one.status === 429) ? one : { ...one, applied: false };
});

/**
 * Commands side by side, under faults of Graph and of DynamoDB, and nobody but this service changes a list: then every change
 * is recorded as it was requested, even if its caller got an error.
 */
export const ownSequences: fc.Arbitrary<Sequence> = fc.record({
  ...world,
  steps: fc.array(fc.record({ afterMs, command: command.filter(({ kind }) => !kind.startsWith('external')) }), {
    minLength: 1,
    maxLength: 14,
  }),
  faults: fc.array(
    fc.record({
      method: fc.constantFrom('POST' as const, 'DELETE' as const),
      probability: fc.constantFrom(0.15, 0.4, 1),
      fault: doubtfulFault,
    }),
    { maxLength: 4 },
  ),
  storeFaults: fc.constantFrom(0, 0, 0.01),
});

/** One command at a time, and nothing fails: what is recorded must be exactly what happened. */
export const calmSequences: fc.Arbitrary<Sequence> = fc.record({
  ...world,
  steps: fc.array(
    fc.record({
      afterMs: fc.constant(900_000),
      command: command.filter(({ kind }) => !/kill|token/.test(kind)),
    }),
    { minLength: 1, maxLength: 14 },
  ),
  faults: fc.constant([]),
  storeFaults: fc.constant(0),
});

/** Ids that pass from user to user. */
const passed = fc.constantFrom(USERS[0], USERS[1], NEW_NUMBERS[0], NEW_NUMBERS[1], NEW_BSUID);

/** The same, and few ids, among which users move, are followed by others, and are erased by an id that they have or had. */
export const movedSequences: fc.Arbitrary<Sequence> = fc.record({
  ...world,
  listLimit: fc.constant(64_000),
  steps: fc.array(
    fc.record({
      afterMs: fc.constantFrom(900_000, 90_000_000),
      command: fc.oneof(
        {
          weight: 3,
          arbitrary: fc.record({
            kind: fc.constant('change' as const),
            action: fc.constantFrom('block' as const, 'block' as const, 'unblock' as const),
            number,
            users: fc.tuple(passed),
            asJob: fc.boolean(),
            key: fc.constant(undefined),
            caller: fc.nat(1),
            expiresInMs: fc.constant(undefined),
            defer: fc.boolean(),
          }),
        },
        {
          weight: 3,
          arbitrary: fc.record({
            kind: fc.constant('identity' as const),
            number,
            from: passed,
            to: passed,
            ageMs: fc.constantFrom(0, 0, 5_000),
            deliveries,
          }),
        },
        {
          weight: 2,
          arbitrary: fc.record({ kind: fc.constant('erase' as const), user: passed, unblock: fc.boolean() }),
        },
        { weight: 1, arbitrary: fc.record({ kind: fc.constant('reconcile' as const), number }) },
      ),
    }),
    { minLength: 3, maxLength: 14 },
  ),
  faults: fc.constant([]),
  storeFaults: fc.constant(0),
});

/** What the service does without a request. */
const OF_ITSELF = /expire|retry-deferred|inbound/;

/**
 * One caller at a time, and a scheduled action at the same moment; nothing fails, and nobody else changes the list. Then
 * the caller prevails, and a reconciliation finds nothing.
 */
export const metSequences: fc.Arbitrary<Sequence> = fc.record({
  ...world,
  listLimit: fc.constant(64_000),
  steps: fc
    .array(
      fc.tuple(
        fc.record({
          afterMs: fc.constantFrom(900_000, 7_200_000),
          command: command.filter(({ kind }) => kind === 'change' || kind === 'silence'),
        }),
        fc.array(fc.record({ afterMs: fc.nat(150), command: command.filter(({ kind }) => OF_ITSELF.test(kind)) }), {
          maxLength: 2,
        }),
      ),
      { minLength: 1, maxLength: 6 },
    )
    .map((moments) => moments.flatMap(([asked, automatic]) => [asked, ...automatic])),
  faults: fc.constant([]),
  storeFaults: fc.constant(0),
});
