import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { forEachBaseUrl } from '../../lambdas/contract/providers.ts';
import { PlainError } from '../../lib/plain-error.ts';
import type { StartOptionsInput } from '../graph-simulator/options.ts';
import { type GraphSimulator, startGraphSimulator } from '../graph-simulator/server.ts';
import { providerAddress } from '../provider-address.ts';
import { LOCAL_APP_SECRET } from '../webhook-payload.ts';
import { deployToMiniStack } from './deploy.ts';
import { allowPartiqlBatches } from './iam.ts';
import { LOCAL_CREDENTIALS, LOCAL_REGION, requireLoopback } from './loopback.ts';
import { startMiniStack } from './ministack.ts';
import type { StackInfo } from './stack-info.ts';

/** The token that the simulator takes by default; obviously no real one. */
export const SIMULATOR_TOKEN = 'EAA-local-simulator-token';
/** What is in the token secret beside the tokens of single numbers. */
export const LOCAL_DEFAULT = { token: SIMULATOR_TOKEN, appSecret: LOCAL_APP_SECRET };

export interface LocalStackOptions {
  /** A Graph-shaped server on this machine, in place of the simulator. */
  graphUrl?: string;
  /** What goes into the token secret: a bare token, or the JSON of several. The simulator's own, and an app secret, unless given. */
  token?: string;
  simulatorOptions?: StartOptionsInput;
  /** Settings below `blocklist`, as `cdk -c` takes them: `{"graph.timeoutSeconds": "3"}`. */
  context?: Readonly<Record<string, string>>;
  /** Seconds of a Step Functions Wait are multiplied by this; 0 makes every Wait instant. 1 unless given. */
  waitScale?: number;
  /** Takes one line for each step. */
  log?: (line: string) => void;
  /** Ends the start, and takes down what is up by then. */
  signal?: AbortSignal;
}

export interface LocalStack {
  readonly info: StackInfo;
  /** The local AWS, for every service. */
  readonly endpoint: string;
  /** Absent if another server plays Graph. */
  readonly simulator: GraphSimulator | undefined;
  /** Settles, with a message, if the local AWS ends although nobody stopped it. */
  readonly failed: Promise<string>;
  /** Stops everything, in order; resolves when it is gone. Safe to repeat. */
  stop(): Promise<void>;
}

/**
 * Brings up the whole service on this machine: MiniStack, the Graph simulator, the deployed stack, and the token in its
 * secret. What is up is taken down again when a later step fails, when `signal` aborts, and when this process ends.
 *
 * @throws PlainError with what to do about it
 */
export async function startLocalStack(options: LocalStackOptions = {}): Promise<LocalStack> {
  const { log = () => {}, signal } = options;
  const running: (() => Promise<void>)[] = [];
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopping ??= (async () => {
      for (const end of running.reverse()) await end();
    })();
    return stopping;
  };

  try {
    const givenGraph =
      options.graphUrl === undefined ? undefined : requireLoopback(options.graphUrl, '--graph-url').href;
    const ministack = await startMiniStack({
      log,
      waitScale: options.waitScale ?? 1,
      enforceIam: true,
      ...(signal !== undefined && { signal }),
    });
    running.push(() => ministack.stop());
    log(`Local AWS (MiniStack) on ${ministack.endpoint}`);
    signal?.throwIfAborted();

    const simulator = givenGraph === undefined ? await startGraphSimulator(options.simulatorOptions) : undefined;
    if (simulator !== undefined) running.push(() => simulator.stop());
    const graphUrl = (givenGraph ?? simulator?.url ?? '').replace(/\/+$/, '');
    log(`${simulator === undefined ? 'Graph' : 'Graph simulator'} on ${graphUrl}`);

    log('Deploying the stack with the CDK');
    const began = performance.now();
    const deployment = await deployToMiniStack({
      ministack,
      baseUrls: forEachBaseUrl((provider) => providerAddress(graphUrl, provider)),
      ...(options.context !== undefined && { context: options.context }),
      ...(signal !== undefined && { signal }),
    });
    await allowPartiqlBatches(ministack.endpoint);
    log(`Deployed in ${((performance.now() - began) / 1000).toFixed(1)} s`);

    const token = options.token ?? JSON.stringify({ default: LOCAL_DEFAULT });
    const secretName = await putToken(ministack.endpoint, deployment.secretArn, token);
    signal?.throwIfAborted();

    const { endpoint } = ministack;
    const failed = ministack.exited.then(async () => {
      if (stopping !== undefined) return new Promise<never>(() => {});
      return `MiniStack ended unexpectedly; its log is ${ministack.logFile}`;
    });
    return {
      info: {
        apiUrl: deployment.apiUrl,
        keyApiUrl: deployment.keyApiUrl,
        graphUrl,
        region: LOCAL_REGION,
        tableName: deployment.tableName,
        stateMachineArn: deployment.stateMachineArn,
        reconciliationArn: deployment.reconciliationArn,
        scheduleGroup: deployment.scheduleGroup,
        callerPolicies: deployment.callerPolicies,
        secretName,
        logs: ministack.directories.logs,
        endpoint,
        ...LOCAL_CREDENTIALS,
      },
      endpoint,
      simulator,
      failed,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Puts the token in as an operator does; gives the secret's name. */
async function putToken(endpoint: string, secretArn: string, token: string): Promise<string> {
  const client = new SecretsManagerClient({ endpoint, region: LOCAL_REGION, credentials: LOCAL_CREDENTIALS });
  try {
    const { Name } = await client.send(new PutSecretValueCommand({ SecretId: secretArn, SecretString: token }));
    if (Name === undefined) throw new PlainError('The token secret has no name.');
    return Name;
  } finally {
    client.destroy();
  }
}
