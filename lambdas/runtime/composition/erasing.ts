import { ulid } from 'ulid';
import { ProtectedIds } from '../../core/protection/protected-ids.ts';
import { env } from '../env.ts';
import { metrics } from '../metrics.ts';
import { clock } from './basics.ts';
import { callPolicy, graph, tokens } from './graph.ts';
import { jobs } from './jobs.ts';
import { lazily } from './lazily.ts';
import { store } from './store.ts';

/** Milliseconds in which a number may be begun: API Gateway's 29 s less the time for the last numbers and the receipt. */
const BUDGET_MS = 20_000;

/** What an erasure needs. */
export const eraseUserDeps = lazily(() => ({
  store: store(),
  jobs: jobs(),
  graph: graph(),
  tokens: tokens(),
  protectedIds: new ProtectedIds(store(), clock),
  clock,
  metrics,
  newId: ulid,
  policy: callPolicy(),
  budgetMs: BUDGET_MS,
  listLimit: env('listLimit'),
  auditDays: env('auditRetentionDays'),
  jobDays: env('jobRetentionDays'),
  logDays: env('logRetentionDays'),
  eventUsers: env('eventUsers'),
}));
