import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AwsClient } from 'aws4fetch';
import { z } from 'zod';
import type { BaseUrlName } from '../../lambdas/contract/providers.ts';
import { PlainError } from '../../lib/plain-error.ts';
import { awsChildEnvironment, LOCAL_CREDENTIALS, LOCAL_REGION, requireLoopback } from './loopback.ts';
import type { MiniStack } from './ministack.ts';
import { PROJECT_BIN_DIRECTORY, PROJECT_DIRECTORY } from './paths.ts';
import { runSupervised } from './supervised-process.ts';
import { lastLines } from './tail.ts';

/** MiniStack's only account. */
const ACCOUNT = '000000000000';
const STAGE = 'local';
/** Lines of the CDK's output that a failure shows; the file has the rest. */
const LINES_OF_A_FAILURE = 30;

export interface DeployOptions {
  ministack: MiniStack;
  /** What the functions take for each provider; on this machine. */
  baseUrls: Readonly<Record<BaseUrlName, string>>;
  /** More settings below `blocklist`, as `cdk -c` takes them: `{"graph.timeoutSeconds": "3"}`. */
  context?: Readonly<Record<string, string>>;
  /** Ends the deploy; it then rejects. */
  signal?: AbortSignal;
}

/** Callers with keys too. One that is revoked is let through for a second, and not a minute: somebody is watching. */
const BOTH_APIS = { callers: '["iam","apiKey"]', 'apiKey.cacheSeconds': '1' };

const stackOutputs = z.object({
  ApiUrl: z.string(),
  KeyApiUrl: z.string(),
  TableName: z.string(),
  TokenSecretArn: z.string(),
  StateMachineArn: z.string(),
  ReconciliationArn: z.string(),
  ScheduleGroupName: z.string(),
  ReaderPolicyArn: z.string(),
  AgentPolicyArn: z.string(),
  OperatorPolicyArn: z.string(),
  WebhookForwarderPolicyArn: z.string(),
  KeyManagerPolicyArn: z.string(),
});
/** By stack; the app has one. */
const outputsFile = z.record(z.string(), z.unknown());

/** What the deployed stack says about itself. */
export interface Deployment {
  /** Base of every route on this machine, without a slash at the end. */
  apiUrl: string;
  /** The same for callers with a key. */
  keyApiUrl: string;
  tableName: string;
  secretArn: string;
  /** The workflow of jobs. */
  stateMachineArn: string;
  /** The workflow that compares the mirror with Graph. */
  reconciliationArn: string;
  /** Name of the group of the stack's schedules. */
  scheduleGroup: string;
  /** ARNs of the policies for callers. */
  callerPolicies: { reader: string; agent: string; operator: string; webhookForwarder: string; keyManager: string };
}

/**
 * Deploys the project to MiniStack as it is deployed to AWS: `cdk bootstrap` and `cdk deploy`, in an environment that
 * can reach nothing else.
 *
 * @throws PlainError with the end of the CDK's output when it fails
 */
export async function deployToMiniStack(options: DeployOptions): Promise<Deployment> {
  const { ministack } = options;
  const { run, logs } = ministack.directories;
  const outputs = join(run, 'outputs.json');
  const cdk = async (command: 'bootstrap' | 'deploy', args: readonly string[], cwd: string): Promise<void> => {
    const logFile = join(logs, `${command}.log`);
    const code = await runSupervised(
      {
        command: join(PROJECT_BIN_DIRECTORY, 'cdk'),
        args: [command, ...args, '--no-notices', '--no-version-reporting', '--no-color', '--ci'],
        env: awsChildEnvironment(ministack.endpoint, run),
        cwd,
        logFile,
      },
      options.signal,
    );
    if (code === 0) return;
    const output = lastLines(readFileSync(logFile, 'utf8'), LINES_OF_A_FAILURE);
    throw new PlainError(`cdk ${command} failed (exit code ${code}). Its output (${logFile}) ends with:\n${output}`);
  };

  // Outside the project: with a cdk.json in sight, bootstrap synthesises the app only to ignore it.
  await cdk('bootstrap', [`aws://${ACCOUNT}/${LOCAL_REGION}`], run);
  await admitPlainHttp(ministack.endpoint);
  const deploy = ['--all', '--require-approval', 'never', '--progress', 'events', '--lookups=false'];
  const places = ['--outputs-file', outputs, '--output', join(run, 'cdk.out'), '--method', 'direct'];
  await cdk(
    'deploy',
    [...deploy, ...places, ...contextArguments({ ...options, endpoint: ministack.endpoint })],
    PROJECT_DIRECTORY,
  );
  return readDeployment(readFileSync(outputs, 'utf8'));
}

/** The bucket of the bootstrap refuses requests without TLS, and this machine uses plain HTTP. */
async function admitPlainHttp(endpoint: string): Promise<void> {
  const client = new AwsClient({ ...LOCAL_CREDENTIALS, region: LOCAL_REGION, service: 's3', retries: 0 });
  const bucket = `cdk-hnb659fds-assets-${ACCOUNT}-${LOCAL_REGION}`;
  const answer = await client.fetch(`${endpoint}/${bucket}?policy`, { method: 'DELETE' });
  if (!answer.ok) throw new PlainError(`The policy of ${bucket} cannot be removed: ${await answer.text()}`);
}

/**
 * The stage and its settings. They are this run's own, so they come from the command line; no file can name another Graph.
 *
 * @throws PlainError when Graph's address is on another machine
 */
export function contextArguments(
  options: Pick<DeployOptions, 'baseUrls' | 'context'> & { endpoint: string },
): readonly string[] {
  const baseUrls = Object.entries(options.baseUrls);
  for (const [name, url] of baseUrls) requireLoopback(url, `The setting graph.${name}`);
  // The address at which MiniStack serves an API. The stack's own output would name Amazon's host, and an event has no address.
  const address = `${options.endpoint}/restapis/{apiId}/${STAGE}/_user_request_`;
  const settings = {
    ...BOTH_APIS,
    ...options.context,
    ...Object.fromEntries(baseUrls.map(([name, url]) => [`graph.${name}`, url])),
    publicUrl: address,
    'apiKey.publicUrl': address,
  };
  const flags = Object.entries(settings).map(([name, value]) => `blocklist.${name}=${value}`);
  return [`stage=${STAGE}`, ...flags].flatMap((flag) => ['-c', flag]);
}

/**
 * The deployment that a file of CDK outputs describes.
 *
 * @throws PlainError if an output is missing, or the API is on another machine
 */
export function readDeployment(outputs: string): Deployment {
  const [stack] = Object.values(outputsFile.parse(JSON.parse(outputs)));
  const parsed = stackOutputs.safeParse(stack);
  if (!parsed.success) {
    throw new PlainError(`The stack's outputs are not as expected: ${z.prettifyError(parsed.error)}`);
  }
  const { ApiUrl, TableName, TokenSecretArn, StateMachineArn, ReconciliationArn, ScheduleGroupName } = parsed.data;
  return {
    apiUrl: requireLoopback(ApiUrl, 'The deployed API').href.replace(/\/+$/, ''),
    keyApiUrl: requireLoopback(parsed.data.KeyApiUrl, 'The deployed API for keys').href.replace(/\/+$/, ''),
    tableName: TableName,
    secretArn: TokenSecretArn,
    stateMachineArn: StateMachineArn,
    reconciliationArn: ReconciliationArn,
    scheduleGroup: ScheduleGroupName,
    callerPolicies: {
      reader: parsed.data.ReaderPolicyArn,
      agent: parsed.data.AgentPolicyArn,
      operator: parsed.data.OperatorPolicyArn,
      webhookForwarder: parsed.data.WebhookForwarderPolicyArn,
      keyManager: parsed.data.KeyManagerPolicyArn,
    },
  };
}
