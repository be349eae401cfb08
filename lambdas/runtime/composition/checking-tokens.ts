import { ulid } from 'ulid';
import { DynamoKeyStore } from '../../adapters/dynamo/key-store.ts';
import { TOKEN_CHECK_FUNCTION_TIMEOUT_SECONDS } from '../../contract/timeouts.ts';
import { env, optionalEnv } from '../env.ts';
import { metrics } from '../metrics.ts';
import { clock } from './basics.ts';
import { graph, tokens } from './graph.ts';
import { lazily } from './lazily.ts';
import { store } from './store.ts';
import { tableNamed } from './table.ts';

/** The part of the check's time in which it may call Graph. */
const BUDGET_MS = (TOKEN_CHECK_FUNCTION_TIMEOUT_SECONDS - 30) * 1000;
/** Pauses double from a second, so that Graph may be down for a minute without a false alarm. */
const ATTEMPTS = 7;

/** What the check of the tokens needs. */
export const tokenDeps = lazily(() => ({
  store: store(),
  graph: graph(),
  tokens: tokens(),
  clock,
  newId: ulid,
  metrics,
  policy: { timeoutMs: env('graphTimeoutMs'), budgetMs: BUDGET_MS, attempts: ATTEMPTS, patient: true },
  warningDays: env('tokenWarningDays'),
}));

/** What telling of keys that end soon needs. */
export const keyCheckDeps = lazily(() => {
  const table = optionalEnv('keysTableName');
  return {
    keys: table === undefined ? undefined : new DynamoKeyStore(tableNamed(table)),
    store: store(),
    clock,
    newId: ulid,
    warningDays: env('tokenWarningDays'),
  };
});
