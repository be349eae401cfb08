import type { Blocklist } from '../core/users/get-blocklist.ts';
import type { NumberSummary } from '../core/users/number-summary.ts';
import type { Blocklist as BlocklistAnswer } from '../openapi/blocklist.ts';
import { presentRequest } from './reconciliation-response.ts';
import { type ApiResponse, json } from './respond.ts';

/**
 * The size comes from the mirror and only warns; Graph decides. `reconciled_at` and `drift` are null before the first
 * reconciliation.
 */
export function blocklistResponse({ summary, limit, openJobs }: Blocklist): ApiResponse {
  return json<BlocklistAnswer>(200, {
    ...presentSummary(summary, limit),
    running_jobs: openJobs.length,
    out_of_use_since: summary?.outOfUseSince,
    reconcile_requested: presentRequest(summary?.reconcileRequest),
  });
}

/** What is stored of a list as a whole. */
export function presentSummary(summary: NumberSummary | undefined, limit: number) {
  const size = summary?.size ?? 0;
  return {
    size,
    limit,
    remaining: Math.max(0, limit - size),
    deferred: summary?.deferred ?? 0,
    expiring: summary?.expiring ?? 0,
    reconciled_at: summary?.reconciledAt ?? null,
    drift: summary?.drift ?? null,
    blocks: presentBlocks(summary),
    reconcile_failure: summary?.reconcileFailure,
  };
}

/** The blocks that the last reconciliation counted. */
function presentBlocks({ blockCounts, reconciledAt }: Partial<NumberSummary> = {}): BlocklistAnswer['blocks'] {
  if (!blockCounts || reconciledAt === undefined) return undefined;
  const { total, expiring, byReasonCode, olderThanDays } = blockCounts;
  const codes = Object.entries(byReasonCode).sort(([, one], [, other]) => other - one);
  const withCode = codes.reduce((sum, [, count]) => sum + count, 0);
  return {
    counted_at: reconciledAt,
    total,
    expiring,
    by_reason_code: Object.fromEntries(codes),
    without_reason_code: total - withCode,
    older_than_days: olderThanDays,
  };
}
