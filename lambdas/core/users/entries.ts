import { type Identity, readBsuid, readIdentity } from './identity.ts';
import type { Problem } from './problems.ts';

/** One entry of a caller's list after parsing: its spelling, and who it names, or why it names nobody. */
export interface Entry {
  /** As the caller sent it; echoed as `input`. */
  readonly input: string;
  readonly identity: Identity | undefined;
  /** Set where it is malformed; absent there too of what was stored before reasons were. */
  readonly problem?: Problem | undefined;
}

/** A caller's list: every entry in order, and the distinct users and malformed strings in it. */
export interface EntryList {
  readonly entries: readonly Entry[];
  /** First entry of each distinct user and of each distinct malformed string, in order. */
  readonly distinct: readonly Entry[];
  /** Distinct well-formed users. */
  readonly users: number;
}

/** A Graph entry: `user`, or `user_id`; where both are there `user` wins, as at Graph. */
export function parseEntry(entry: { user?: string | undefined; user_id?: string | undefined }): Entry {
  // An empty one names nobody: some serialise a field that is not set like that.
  if (entry.user || entry.user_id === undefined) {
    const user = entry.user ?? '';
    return toEntry(user, readIdentity(user));
  }
  return toEntry(entry.user_id, readBsuid(entry.user_id));
}

function toEntry(input: string, read: Identity | Problem): Entry {
  return typeof read === 'object' ? { input, identity: read } : { input, identity: undefined, problem: read };
}

/** Deduplicates by identity, so that spellings of one number are one user. */
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
