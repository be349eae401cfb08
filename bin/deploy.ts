import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import * as z from 'zod';
import { stackPolicy } from '../lib/holds-data.ts';
import { localDifferences } from '../lib/local-differences.ts';
import { PlainError, runPlainly } from '../lib/plain-error.ts';
import { adoptRestored } from './deploy/adopt-restored.ts';
import { type DeployArguments, readArguments } from './deploy/arguments.ts';
import { CdkFailed, cdk } from './deploy/cdk.ts';
import { dataAtRisk, type Finding, madePublic } from './deploy/guard.ts';
import { smokeTest } from './deploy/smoke-test.ts';
import { type Alarms, DeployedStack } from './deploy/stack.ts';
import { readTemplate, type Template } from './deploy/template.ts';
import { whatChanged } from './deploy/what-changed.ts';

/**
 * `npm run deploy -- prod`: `cdk deploy`, made safe (docs/deploy.md).
 *
 * A stack that is there is changed in steps: the difference is shown; CloudFormation says in a change set what it would do; what
 * would lose data, or open a private API, is refused; the change set is carried out while alarms watch it; then the service is
 * asked whether it works.
 *
 * A first deploy that failed can be repeated with the same command. The settings that protect a stack also keep CloudFormation
 * from deleting one that failed. The CDK turns on termination protection before it creates the stack, and then cannot delete it;
 * and a table that refuses to be deleted stops the rollback. So a stack is created without protection, and a second deploy turns
 * only that on. As long as no deploy of a stack has ever succeeded, there is nothing to protect.
 */

/** The output of `cdk list` for the app's only stack. */
const listed = z.tuple([z.object({ name: z.string(), environment: z.object({ account: z.string() }) })]);
/** The CDK's name for an account without credentials. */
const UNKNOWN_ACCOUNT = 'unknown-account';
const CHANGE_SET = 'blocklist-deploy';
/** Minutes for which CloudFormation goes on watching after the last resource is updated: the sweep runs once within them. */
const WATCHED_MINUTES = 20;

/** CloudFormation undoes an update that failed; the CDK says what failed. */
const UNDONE = 'CloudFormation undoes what it changed. If an alarm rang, docs/runbook.md says what to do about it.';

await runPlainly(() =>
  deploy().catch((error: unknown) => {
    if (!(error instanceof CdkFailed)) throw error;
    process.exit(error.code);
  }),
);

async function deploy(): Promise<void> {
  // Without the two dashes, npm takes -c for itself, and the deployed stage would be dev.
  const kept = process.env.npm_config_call;
  if (kept) throw new PlainError(`npm kept \`-c ${kept}\` for itself. Write: npm run deploy -- -c ${kept}`);
  const args = readArguments(process.argv.slice(2));
  // The SDK takes a profile from the environment only.
  if (args.profile !== undefined) process.env.AWS_PROFILE = args.profile;
  // The CDK looks for a region in other places than the SDK, and uses us-east-1 if it finds none. So both get this one.
  const region = await regionOf();
  process.env.AWS_REGION = region;
  const { name, environment } = await listStack(args.target);
  const stage = name.replace('Blocklist-', '');
  const { isProtected } = localDifferences(stage);
  const hasAccount = environment.account !== UNKNOWN_ACCOUNT;
  const stack = new DeployedStack(name, region);
  // If the CDK knows no account, CloudFormation says what is wrong with the credentials.
  const isMade = isProtected || !hasAccount ? await stack.isMade() : false;
  if (!hasAccount) {
    throw new PlainError('The CDK cannot determine the account of the AWS credentials. `npx cdk list -v` says why.');
  }
  if (isProtected) await adoptRestored(stage, region);
  const command = ['deploy', ...args.target, ...args.approval, ...args.rest];
  if (!isProtected) await cdk(command);
  else if (isMade) {
    // What the diff has synthesised is what is deployed: nothing is built twice.
    const assembly = mkdtempSync(join(tmpdir(), 'blocklist-deploy-'));
    try {
      await update(stack, assembly, args);
    } finally {
      rmSync(assembly, { recursive: true, force: true });
    }
  } else {
    await cdk([...command, '-c', 'firstDeploy=true']);
    console.log(`${name} is deployed. Deploying it once more, to protect it from deletion`);
    await cdk(command);
    await stack.setPolicy(stackPolicy());
  }
  if (args.smokeTest) await smokeTest(stage, args.profile);
}

/** Changes a stack that is there. @param assembly an empty folder */
async function update(stack: DeployedStack, assembly: string, args: DeployArguments): Promise<void> {
  const before = await stack.template();
  await cdk(['diff', ...args.target, '--method', 'template', '--output', assembly]);
  const after = readTemplate(readFileSync(join(assembly, `${stack.name}.template.json`), 'utf8'));
  const alarms = await stack.rollbackAlarms(after);
  const prepared = ['--app', assembly, '--change-set-name', CHANGE_SET];
  const shared = [
    stack.name,
    ...prepared,
    ...(args.profile === undefined ? [] : ['--profile', args.profile]),
    ...args.rest,
  ];
  await cdk([
    'deploy',
    ...shared,
    '--method',
    'prepare-change-set',
    '--require-approval',
    'never',
    ...triggers(alarms),
  ]);
  const { isEmpty, changes } = await stack.changeSet(CHANGE_SET);
  const refused = [...dataAtRisk(changes), ...madePublic(before, after)].filter(
    ({ id }) => !args.accepted.includes(id),
  );
  if (isEmpty || refused.length > 0) await stack.deleteChangeSet(CHANGE_SET);
  if (refused.length > 0) throw new PlainError(refusal(refused));
  await stack.setPolicy(stackPolicy(isEmpty ? [] : args.accepted));
  if (isEmpty) return void console.log(`${stack.name} is as the code says: there is nothing to change`);
  try {
    await cdk(['deploy', ...shared, '--method', 'execute-change-set', ...args.approval]);
  } catch (error) {
    console.error(UNDONE);
    throw error;
  } finally {
    if (args.accepted.length > 0) await stack.setPolicy(stackPolicy());
  }
  report(stack.name, before, after);
}

function triggers({ watched, ringing }: Alarms): string[] {
  if (ringing.length > 0)
    console.log(`These alarms ring already, so they cannot undo this deploy: ${ringing.join(', ')}`);
  if (watched.length === 0) return ['--rollback-trigger-alarm-arns', 'none'];
  const minutes = ['--monitoring-time-minutes', String(WATCHED_MINUTES)];
  return [...watched.flatMap((arn) => ['--rollback-trigger-alarm-arns', arn]), ...minutes];
}

function refusal(findings: readonly Finding[]): string {
  return [
    'Nothing was deployed. This deploy would lose data, or open a private API:',
    ...findings.map(({ id, what }) => `  ${id}: ${what}`),
    'If that is a mistake, change the code or the settings (docs/deploy.md says how a resource keeps its id).',
    `If it is meant, add: ${findings.map(({ id }) => `--accept ${id}`).join(' ')}`,
  ].join('\n');
}

function report(name: string, before: Template, after: Template): void {
  console.log(`\n${name} is deployed. What changed:`);
  for (const line of whatChanged(before, after)) console.log(`  ${line}`);
}

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

async function listStack(target: readonly string[]): Promise<z.infer<typeof listed>[0]> {
  // On a build server the CDK would write its messages between the lines of the JSON.
  const [stack] = listed.parse(JSON.parse(await cdk(['list', '--long', '--json', '--no-ci', ...target], 'pipe')));
  return stack;
}
