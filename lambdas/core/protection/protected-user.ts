import type { Requester } from '../users/mirror.ts';
import { otherForm } from '../users/number-forms.ts';

/** A user whom nobody may block, on any number. The requester is whoever asked for that last. */
export interface ProtectedUser extends Requester {
  /** The id by which the protection began: a `wa_id` or a BSUID. */
  readonly user: string;
  /** Every known id of theirs: `user`, each form of their number, and their BSUIDs. No duplicates. */
  readonly ids: readonly string[];
  /** ISO 8601: when the protection began. */
  readonly protectedAt: string;
  /** By id: when they got it, or left it, by a move of theirs. */
  readonly held?: Readonly<Record<string, Held>> | undefined;
  /** Optimistic lock: every write adds one. */
  readonly revision: number;
}

/** Times of moves (ISO 8601), as Meta dates them. */
export interface Held {
  /** Absent if they had the id when the protection began. */
  readonly since?: string | undefined;
  /** Absent if they have it now. The id stays protected, and may have another owner. */
  readonly left?: string | undefined;
}

/** Whether the id was theirs at that time, for all that is known. Meta dates a move to the second in which it happened. */
export function hadAt({ ids, held, protectedAt }: ProtectedUser, id: string, at: string): boolean {
  const { since = protectedAt, left = at } = held?.[id] ?? {};
  const ms = Date.parse(at);
  return ids.includes(id) && Math.floor(Date.parse(since) / 1_000) * 1_000 <= ms && ms <= Date.parse(left);
}

/** The ids, and the other form of each number among them. */
export function withForms(ids: readonly string[]): string[] {
  return [...new Set(ids.flatMap((id) => [id, otherForm(id) ?? id]))];
}

/**
 * The protected users who have one of the ids. There may be several: a number and a BSUID that were protected one by one, and
 * turned out to be one person. The ids of each lead to the others.
 */
export function protectedUsersOf(all: readonly ProtectedUser[], ids: readonly string[]): ProtectedUser[] {
  const known = new Set(ids);
  const found = new Set<ProtectedUser>();
  for (let size = -1; size < found.size; ) {
    size = found.size;
    for (const one of all) {
      if (!one.ids.some((id) => known.has(id))) continue;
      found.add(one);
      for (const id of one.ids) known.add(id);
    }
  }
  return [...found];
}
