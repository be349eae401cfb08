import { type Identity, readBsuid, readIdentity } from './identity.ts';
import type { Problem } from './problems.ts';

/** One entry of a caller's list after parsing: its spelling, and the user it names, or why it names nobody. */
export interface Entry {
  /** As the caller sent it; echoed as `input`. */
  readonly input: string;
  readonly identity: Identity | undefined;
  /** Set if it is malformed; also absent in items that were stored before reasons existed. */
  readonly problem?: Problem | undefined;
}

/** A caller's list: every entry in order, and its distinct users and malformed strings. */
export interface EntryList {
  readonly entries: readonly Entry[];
  /** First entry of each distinct user and of each distinct malformed string, in order. */
  readonly distinct: readonly Entry[];
  /** Distinct well-formed users. */
  readonly users: number;
}

/** An entry as Graph has it: `user` or `user_id`. If it has both, `user` counts, as at Graph. */
export function parseEntry(entry: { user?: string | undefined; user_id?: string | undefined }): Entry {
  // An empty field names nobody: some clients write a field like that if it is not set.
  if (entry.user || entry.user_id === undefined) {
    const user = entry.user ?? '';
    return toEntry(user, readIdentity(user));
  }
  return toEntry(entry.user_id, readBsuid(entry.user_id));
}

function toEntry(input: string, read: Identity | Problem): Entry {
  return typeof read === 'object' ? { input, identity: read } : { input, identity: undefined, problem: read };
}

/** Removes duplicates by identity, so that several spellings of one number are one user. */
export function toEntryList(entries: readonly Entry[]): EntryList {
  const seen = new Set<string>();
  const distinct: Entry[] = [];
  let users = 0;
  for (const entry of entries) {
    const key = entry.identity?.id ?? `malformed:${entry.input}`;
    if (seen.has(key)) continue;
    seen.add(key);
    distinct.push(entry);
    if (entry.identity) users += 1;
  }
  return { entries, distinct, users };
}
