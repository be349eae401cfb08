import { digestOf } from '../blocklist/digest.ts';
import type { NumberSummary } from '../blocklist/mirror.ts';
import type { OpenOperations } from './open-operations.ts';
import type { Scan } from './scan-list.ts';

export interface Comparable {
  readonly phoneNumberId: string;
  /** What was open before the scan began, or when it had ended. */
  readonly open: OpenOperations;
  readonly scan: Scan;
  /** As read after the scan, consistently. */
  readonly summary: NumberSummary | undefined;
}

/**
 * Milliseconds after which every user is compared again, though the digest is right: it knows nothing of what nobody counted,
 * such as somebody's hand in the table, and the counts of deferred and temporary blocks are not in Graph's list.
 */
const COMPARED_FOR_MS = 24 * 60 * 60 * 1000;

/**
 * Whether the mirror is what Graph's list shows, by what was counted alone: no user is read.
 *
 * The digest is the mirror's but for what is written and not yet counted. An operation that stopped there is open until a
 * reconciliation has looked, and a reconciliation that stopped there has forgotten the comparison. One that began and ended
 * between the two looks has its users in all of Graph's list, the mirror and the digest, or it makes the digest differ from
 * the scan. So who is in step here is so; where anything is open, the users are compared, and only then is anything resolved.
 */
export function isInStep({ open, scan, summary }: Comparable): boolean {
  if (!isQuiet(open) || summary?.comparedAt === undefined) return false;
  if (Date.parse(scan.startedAt) - Date.parse(summary.comparedAt) >= COMPARED_FOR_MS) return false;
  return summary.size === scan.users.size && summary.digest === digestOf(scan.users.keys());
}

function isQuiet({ underWay, abandoned }: OpenOperations): boolean {
  return underWay.length === 0 && abandoned.length === 0;
}
