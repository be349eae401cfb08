import { DAY_MS } from '../durations.ts';
import { isoTime } from '../iso-time.ts';
import type { ErasedOnNumber } from './person-on-number.ts';
import { type RemainingJobsDeps, type Remains, remainingJobs } from './remaining-jobs.ts';

/** Days for which each kind of record is kept. */
export interface KeptDays {
  readonly auditDays: number;
  readonly jobDays: number;
  readonly logDays: number;
  /** Whether events say who the users are. */
  readonly eventUsers: boolean;
}

/** A block, or deferred block, that stands after an erasure. */
export interface Standing {
  readonly phoneNumberId: string;
  readonly state: 'blocked' | 'deferred';
  /** Graph's code, if the user was to be unblocked and was not. */
  readonly code?: number | undefined;
}

export interface Receipt {
  readonly erased: {
    /** Numbers on which something was erased. */
    readonly numbers: number;
    readonly events: number;
    readonly items: number;
    readonly aliases: number;
  };
  readonly standing: readonly Standing[];
  readonly remains: readonly Remains[];
}

/** AWS keeps every state of the table for so long. */
const RECOVERY_DAYS = 35;

interface ReceiptDeps extends KeptDays, RemainingJobsDeps {}

/** What was erased on each number, and what each of them still has. */
export interface ErasedEverywhere {
  readonly numbers: ReadonlyMap<string, ErasedOnNumber>;
  readonly refusals: ReadonlyMap<string, number>;
  /** Events that concern every number. */
  readonly everyNumber: number;
  /** Events that named the person and waited to be published. */
  readonly waitingEvents: number;
  readonly isProtected: boolean;
  /** Whether the caller named the numbers. Otherwise they are those in use. */
  readonly areNamed: boolean;
  readonly nowMs: number;
}

/** Says what was erased, and of everything else that may have an id of the person, until when. */
export async function receiptOf(deps: ReceiptDeps, erased: ErasedEverywhere): Promise<Receipt> {
  const { numbers, refusals, everyNumber, waitingEvents, isProtected, areNamed, nowMs } = erased;
  const all = [...numbers.values()];
  const sum = (count: (one: ErasedOnNumber) => number) => all.reduce((total, one) => total + count(one), 0);
  const standing = [...numbers].flatMap(([phoneNumberId, { standing: state }]) =>
    state ? [{ phoneNumberId, state, code: refusals.get(phoneNumberId) }] : [],
  );
  const numbersWith = (has: (one: ErasedOnNumber) => boolean) =>
    [...numbers].flatMap(([phoneNumberId, one]) => (has(one) ? [phoneNumberId] : []));
  const others = numbersWith(({ isOthers }) => isOthers);
  const until = (days: number) => isoTime(nowMs + days * DAY_MS);
  const remains: Remains[] = [
    ...(await remainingJobs(deps, {
      named: all.flatMap(({ jobIds }) => [...jobIds]),
      numbers: [...numbers.keys()],
      nowMs,
    })),
    {
      where: 'operations',
      until: until(deps.auditDays),
      why: 'The operations that changed the user keep their caller, the person it acted for and their reason, without the user',
    },
    {
      where: 'point_in_time_recovery',
      until: until(RECOVERY_DAYS),
      why: 'The table can be restored to any second of the last 35 days; erase the user again after a restore',
    },
    {
      where: 'logs',
      until: until(deps.logDays),
      why: 'Logs have no id of a user, at most the last two digits of a number',
    },
  ];
  if (deps.eventUsers) {
    const why =
      'Events of blocks that ended, or were applied after they had waited, named the user, and whoever they were published to may keep them';
    remains.push({ where: 'published_events', why });
  }
  if (others.length > 0) {
    const why = 'An earlier id of the user belongs to somebody else there, whose records stay';
    remains.push({ where: 'other_user', phoneNumberIds: others, why });
  }
  const movers = numbersWith(({ hasMover }) => hasMover);
  if (movers.length > 0) {
    const why =
      'A user who had this id before is known there by another one, and their records name it; if they are meant, erase them by the id that they have now';
    remains.push({ where: 'other_user', phoneNumberIds: movers, why });
  }
  const blocked = numbersWith(({ standing: state }) => state === 'blocked');
  if (blocked.length > 0) {
    const why = "The block stands: Graph's list, and the item of the mirror, have the id of the user until it ends";
    remains.push({ where: 'graph', phoneNumberIds: blocked, why });
  }
  const deferred = numbersWith(({ standing: state }) => state === 'deferred');
  if (deferred.length > 0) {
    const why = 'The deferred block stands: the item of the mirror has the id of the user until it ends or is applied';
    remains.push({ where: 'mirror', phoneNumberIds: deferred, why });
  }
  if (isProtected) {
    const why =
      'The user is protected: the entry has every id of theirs, and its history the reasons; note these ids, end the protection, then erase the user again by each of them';
    remains.push({ where: 'protected_users', why });
  }
  if (areNamed) {
    const why =
      'What other numbers have, and the history of a protection, which concerns all numbers: only these numbers were named';
    remains.push({ where: 'numbers_not_named', why });
  } else {
    const why = 'Histories of numbers that are out of use are kept; send these numbers as phone_number_ids';
    remains.push({ where: 'numbers_out_of_use', until: until(deps.auditDays), why });
  }
  return {
    erased: {
      numbers: all.filter(({ events, items, aliases }) => events + items + aliases > 0).length,
      events: sum(({ events }) => events) + everyNumber + waitingEvents,
      items: sum(({ items }) => items),
      aliases: sum(({ aliases }) => aliases),
    },
    standing,
    remains,
  };
}
