import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import {
  CloudFormationClient,
  CloudFormationServiceException,
  DescribeStacksCommand,
  UpdateTerminationProtectionCommand,
} from '@aws-sdk/client-cloudformation';
import { localDifferences } from '../lib/local-differences.ts';

/**
 * `npm run deploy -- -c stage=prod`: `cdk deploy`, and a first deploy that failed can be repeated by the same command.
 *
 * What protects a stack also keeps CloudFormation from taking back one that could not be made: the CDK asks for
 * termination protection before it creates the stack, and then cannot delete what failed; a table that refuses to be deleted
 * stops the rollback. So a stack is made without protection, and protected by a second deploy, which changes only that.
 * While there is no stack that was ever whole, there is nothing to protect.
 */
const args = process.argv.slice(2);
const { values } = parseArgs({
  args,
  options: { context: { type: 'string', short: 'c', multiple: true }, profile: { type: 'string' } },
  strict: false,
});
// The SDK takes a profile from the environment only.
if (typeof values.profile === 'string') process.env.AWS_PROFILE = values.profile;

const context = [values.context ?? []].flat().flatMap((one) => ['-c', String(one)]);
const [stackName, stage] = /^Blocklist-(\S+)$/m.exec(await cdk(['list', ...context], 'pipe')) ?? [];
if (stackName === undefined) throw new Error('The app has no stack called Blocklist-<stage>');
if (!localDifferences(stage).isProtected || (await isMade(stackName))) {
  await cdk(['deploy', ...args]);
} else {
  await cdk(['deploy', ...args, '-c', 'firstDeploy=true']);
  console.log(`${stackName} is made. Once more, with what protects it from deletion`);
  await cdk(['deploy', ...args]);
}

/** Whether the stack was whole at some time. One that failed before that is made ready to be deleted, as `cdk deploy` does. */
async function isMade(name: string): Promise<boolean> {
  const client = new CloudFormationClient();
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
    throw error;
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

/** Runs the CDK; ends this process with its exit code where it fails. */
async function cdk(command: readonly string[], stdout: 'inherit' | 'pipe' = 'inherit'): Promise<string> {
  const child = spawn('cdk', command, { stdio: ['inherit', stdout, 'inherit'] });
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) process.exit(typeof code === 'number' ? code : 1);
  return output;
}
