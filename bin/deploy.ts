import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import {
  CloudFormationClient,
  CloudFormationServiceException,
  DescribeStacksCommand,
  UpdateTerminationProtectionCommand,
} from '@aws-sdk/client-cloudformation';
import * as z from 'zod';
import { localDifferences } from '../lib/local-differences.ts';
import { PlainError, runPlainly } from '../lib/plain-error.ts';
import { explainAwsFailure } from './aws-failure.ts';

/**
 * `npm run deploy -- -c stage=prod`: `cdk deploy`, but a first deploy that failed can be repeated with the same command.
 *
 * The settings that protect a stack also keep CloudFormation from deleting one that failed. The CDK turns on termination
 * protection before it creates the stack, and then cannot delete it; and a table that refuses to be deleted stops the
 * rollback. So a stack is created without protection, and a second deploy turns only that on. As long as no deploy of a stack
 * has ever succeeded, there is nothing to protect.
 */
const args = process.argv.slice(2);
const { values } = parseArgs({
  args,
  options: { context: { type: 'string', short: 'c', multiple: true }, profile: { type: 'string' } },
  strict: false,
});

/** The output of `cdk list` for the app's only stack. */
const listed = z.tuple([z.object({ name: z.string(), environment: z.object({ account: z.string() }) })]);
/** The CDK's name for an account without credentials. */
const UNKNOWN_ACCOUNT = 'unknown-account';

await runPlainly(async () => {
  // Without the two dashes, npm takes -c for itself, and the deployed stage would be dev.
  const kept = process.env.npm_config_call;
  if (kept) throw new PlainError(`npm kept \`-c ${kept}\` for itself. Write: npm run deploy -- -c ${kept}`);
  // The SDK takes a profile from the environment only.
  if (typeof values.profile === 'string') process.env.AWS_PROFILE = values.profile;
  // The CDK looks for a region in other places than the SDK, and uses us-east-1 if it finds none. So both get this one.
  const region = await regionOf();
  process.env.AWS_REGION = region;
  const { name, environment } = await listStack();
  const isProtected = localDifferences(name.replace('Blocklist-', '')).isProtected;
  const hasAccount = environment.account !== UNKNOWN_ACCOUNT;
  // If the CDK knows no account, CloudFormation says what is wrong with the credentials.
  const isOneDeploy = isProtected || !hasAccount ? await isMade(name, region) : true;
  if (!hasAccount) {
    throw new PlainError('The CDK cannot determine the account of the AWS credentials. `npx cdk list -v` says why.');
  }
  if (isOneDeploy) return void (await cdk(['deploy', ...args]));
  await cdk(['deploy', ...args, '-c', 'firstDeploy=true']);
  console.log(`${name} is deployed. Deploying it once more, to protect it from deletion`);
  await cdk(['deploy', ...args]);
});

async function regionOf(): Promise<string> {
  const named = process.env.AWS_REGION || process.env.AWS_DEFAULT_REGION;
  const client = new CloudFormationClient(named ? { region: named } : {});
  try {
    return await client.config.region();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new PlainError(
      `No AWS region to deploy to: ${why}\nSet AWS_REGION, or name a profile that has a region with --profile or AWS_PROFILE.`,
      { cause: error },
    );
  } finally {
    client.destroy();
  }
}

async function listStack(): Promise<z.infer<typeof listed>[0]> {
  const context = [values.context ?? []].flat().flatMap((one) => ['-c', String(one)]);
  const profile = typeof values.profile === 'string' ? ['--profile', values.profile] : [];
  // On a build server the CDK would write its messages between the lines of the JSON.
  const [stack] = listed.parse(
    JSON.parse(await cdk(['list', '--long', '--json', '--no-ci', ...profile, ...context], 'pipe')),
  );
  return stack;
}

/** Whether a deploy of the stack ever succeeded. If none did, the stack is prepared for deletion, as `cdk deploy` does. */
async function isMade(name: string, region: string): Promise<boolean> {
  const client = new CloudFormationClient({ region });
  try {
    const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName: name }));
    if (/^(?:CREATE_COMPLETE|UPDATE_|IMPORT_)/.test(stack?.StackStatus ?? '')) return true;
    if (stack?.EnableTerminationProtection) {
      // Made by `cdk deploy` itself.
      await client.send(
        new UpdateTerminationProtectionCommand({ StackName: name, EnableTerminationProtection: false }),
      );
    }
    return false;
  } catch (error) {
    if (isNotThere(error)) return false;
    throw explainAwsFailure(error, region);
  } finally {
    client.destroy();
  }
}

function isNotThere(error: unknown): boolean {
  return (
    error instanceof CloudFormationServiceException &&
    error.name === 'ValidationError' &&
    error.message.includes('does not exist')
  );
}

/** Runs the CDK. If it fails, ends this process with its exit code. */
async function cdk(command: readonly string[], stdout: 'inherit' | 'pipe' = 'inherit'): Promise<string> {
  const child = spawn('cdk', command, { stdio: ['inherit', stdout, 'inherit'] });
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const [code] = await once(child, 'close').catch((error: Error) => {
    throw new PlainError(
      `The CDK cannot be started: ${error.message}\nRun \`npm ci\`, and start this command with \`npm run deploy\`.`,
    );
  });
  if (code !== 0) process.exit(typeof code === 'number' ? code : 1);
  return output;
}
