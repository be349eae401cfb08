import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GraphClient } from '../../adapters/graph/graph-client.ts';
import { baseUrlName, forEachProvider } from '../../contract/providers.ts';
import { env } from '../env.ts';
import { log } from '../logger.ts';
import { measuredGraph } from '../measured-graph.ts';
import { MeasuredTokens } from '../measured-tokens.ts';
import { metrics } from '../metrics.ts';
import { AWS_CLIENT } from './aws-client.ts';
import { lazily } from './lazily.ts';

/**
 * Milliseconds of one request for all calls to Graph: API Gateway's 29 s less the time for the table, the secret and the
 * answer.
 */
const GRAPH_BUDGET_MS = 24_000;
const GRAPH_ATTEMPTS = 3;

export const tokens = lazily(() => new MeasuredTokens(new SecretsManagerClient(AWS_CLIENT), env('secretArn')));
export const graph = lazily(() => {
  const baseUrls = forEachProvider((provider) => env(baseUrlName(provider)));
  return measuredGraph(new GraphClient({ version: env('graphVersion'), baseUrls, log }), metrics);
});

/** How one caller's request may try Graph. */
export const callPolicy = lazily(() => ({
  timeoutMs: env('graphTimeoutMs'),
  budgetMs: GRAPH_BUDGET_MS,
  attempts: GRAPH_ATTEMPTS,
}));
