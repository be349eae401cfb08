import { ulid } from 'ulid';
import { SCHEDULED_ACTION_TIMEOUT_SECONDS } from '../../contract/timeouts.ts';
import { ProtectedIds } from '../../core/protection/protected-ids.ts';
import { env } from '../env.ts';
import { isSignedBy } from '../hub-signature.ts';
import { log } from '../logger.ts';
import { metrics } from '../metrics.ts';
import { clock } from './basics.ts';
import { callPolicy, graph, tokens } from './graph.ts';
import { lazily } from './lazily.ts';
import { store } from './store.ts';

/** The part of a run's time in which a batch may be started: a call and its records come after. */
const SCHEDULED_ACTION_BUDGET_MS = (SCHEDULED_ACTION_TIMEOUT_SECONDS - 60) * 1000;
/** How many calls to Graph run at once for one number, as in a job with the default settings. */
const SCHEDULED_ACTION_CONCURRENCY = 4;

/** What changing users needs if the mirror asks for it and no caller waits. */
const serviceDeps = lazily(() => ({
  store: store(),
  protectedIds: new ProtectedIds(store(), clock),
  graph: graph(),
  tokens: tokens(),
  log,
  metrics,
  clock,
  newId: ulid,
  listLimit: env('listLimit'),
  deferDays: env('deferDays'),
  eventUsers: env('eventUsers'),
  policy: callPolicy(),
}));

/** What a run of scheduled actions needs. */
export const scheduledActionDeps = lazily(() => ({
  ...serviceDeps(),
  budgetMs: SCHEDULED_ACTION_BUDGET_MS,
  concurrency: SCHEDULED_ACTION_CONCURRENCY,
}));

/** What a forwarded webhook needs. */
export const webhookDeps = lazily(() => ({ ...serviceDeps(), isSignedBy, trustUnsigned: env('trustUnsigned') }));
