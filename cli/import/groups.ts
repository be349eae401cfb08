import { LIMITS } from '../../lambdas/contract/limits.ts';
import { inBatches } from '../../lambdas/core/in-batches.ts';
import type { Row } from './read-rows.ts';

/** What is the same for all users of one request. */
export interface GroupTerms {
  readonly reason?: string | undefined;
  readonly reasonCode?: string | undefined;
  readonly expiresAt?: string | undefined;
  /** Seconds, in place of `expiresAt`. */
  readonly expiresIn?: number | undefined;
}

/** Users that one request takes: distinct, with the same reason and end, at most a whole list. */
export interface Group {
  readonly terms: GroupTerms;
  readonly rows: readonly Row[];
}

/**
 * Groups that one import takes: each is a job of its own on each number, and those are made one after the other. So many take
 * less than an hour or two, and the service remembers for a day what was sent.
 */
export const MOST_GROUPS = 5_000;

/** Says that there are too many, and what to do; undefined if there are not. */
export function tooManyGroups({ groups }: Grouped): string | undefined {
  if (groups.length <= MOST_GROUPS) return undefined;
  return `The rows have ${groups.length} different reasons and ends. Each of them is a job of its own, and an import makes at most ${MOST_GROUPS}`;
}

export interface Grouped {
  readonly groups: readonly Group[];
  /** Rows that name a user whom an earlier row names. */
  readonly duplicates: readonly Row[];
}

/**
 * Rows that can be sent, by their reason and end, in the order of the file. What a row does not say, `usual` does. A user is
 * sent once, with what the first of their rows says.
 */
export function groupRows(rows: readonly Row[], usual: GroupTerms): Grouped {
  const seen = new Set<string>();
  const duplicates: Row[] = [];
  const byTerms = new Map<string, { terms: GroupTerms; rows: Row[] }>();
  for (const row of rows) {
    if (row.id === undefined) continue;
    if (seen.has(row.id)) {
      duplicates.push(row);
      continue;
    }
    seen.add(row.id);
    const terms: GroupTerms = {
      reason: row.reason ?? usual.reason,
      reasonCode: row.reasonCode ?? usual.reasonCode,
      ...(row.expiresAt === undefined
        ? { expiresAt: usual.expiresAt, expiresIn: usual.expiresIn }
        : { expiresAt: row.expiresAt }),
    };
    const name = JSON.stringify([terms.reason ?? null, terms.reasonCode ?? null, terms.expiresAt ?? null]);
    const group = byTerms.get(name) ?? { terms, rows: [] };
    group.rows.push(row);
    byTerms.set(name, group);
  }
  const groups = [...byTerms.values()].flatMap((group) => {
    return [...inBatches(group.rows, LIMITS.entriesPerRequest)].map((some) => ({ terms: group.terms, rows: some }));
  });
  return { groups, duplicates };
}

/** The same rows in as few groups as a dry run on so many numbers takes them: what happens to a user depends on no reason. */
export function forDryRun({ groups: [first, ...rest] }: Grouped, numbers: number): Group[] {
  if (first === undefined) return [];
  const rows = [first, ...rest].flatMap((group) => group.rows);
  const most = Math.max(1, Math.min(LIMITS.entriesPerRequest, Math.floor(LIMITS.usersPerDryRun / numbers)));
  return [...inBatches(rows, most)].map((some) => ({ terms: first.terms, rows: some }));
}
