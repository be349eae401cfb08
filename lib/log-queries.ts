import type { FunctionName } from '../lambdas/contract/functions.ts';
import { LOGGED } from '../lambdas/contract/logged.ts';

export interface LogQuery {
  /** Also after which the runbook names it. */
  readonly name: string;
  readonly lines: readonly string[];
  /** Whose logs: of all functions behind the API, of its access log, or of these functions. */
  readonly logs: 'api' | 'access' | readonly FunctionName[];
}

/** Saved queries of Logs Insights, for who has an alarm to look into. None of them has anything to fill in. */
export const LOG_QUERIES: readonly LogQuery[] = [
  {
    name: 'faults-by-route',
    logs: 'api',
    lines: [
      'filter message = "request" and is_fault = 1',
      'stats count(*) as faults, max(@timestamp) as latest by route, method, status, phone_number_id',
      'sort faults desc',
    ],
  },
  {
    name: 'faults-and-their-errors',
    logs: 'api',
    lines: [
      'filter message = "fault"',
      'fields @timestamp, request_id, error_name, error_message, stack',
      'sort @timestamp desc',
      'limit 50',
    ],
  },
  {
    name: 'faults-of-the-gateway',
    logs: 'access',
    lines: [
      'filter status >= 500 and errorType != "-"',
      'stats count(*) as faults, max(@timestamp) as latest by route, method, status, errorType, integrationStatus, integrationError',
      'sort faults desc',
    ],
  },
  {
    name: 'slow-requests',
    logs: 'api',
    lines: [
      'filter message = "request" and status != 202',
      'fields ms - graph_ms as overhead_ms',
      'stats count(*) as requests, pct(overhead_ms, 50), pct(overhead_ms, 99), max(overhead_ms) by route, method',
      'sort max(overhead_ms) desc',
    ],
  },
  {
    name: 'numbers-that-graph-refuses',
    logs: ['reconcileNumbers', 'expireBlocks', 'retryDeferred', 'receiveWebhook'],
    lines: [
      `filter message in ["${LOGGED.numberNotReconciled}", "${LOGGED.scheduledActionFailed}"]`,
      'stats count(*) as times, max(@timestamp) as latest by phone_number_id, code, subcode, reason, error_message',
      'sort times desc',
    ],
  },
  {
    name: 'errors-of-the-schedules',
    logs: ['sweep', 'expireBlocks', 'retryDeferred', 'checkTokens', 'reconcileNumbers', 'listNumbers'],
    lines: [
      'filter level = "ERROR"',
      'fields @timestamp, task, message, phone_number_id, job_id, code, error_name, error_message, reason',
      'sort @timestamp desc',
      'limit 50',
    ],
  },
  {
    name: 'errors-of-jobs',
    logs: ['processChunk', 'failChunk', 'finishJob'],
    lines: [
      'filter level = "ERROR"',
      'fields @timestamp, task, job_id, chunk, error_name, error_message, stack',
      'sort @timestamp desc',
      'limit 50',
    ],
  },
];
