import { join } from 'node:path';
import { PlainError } from '../../lib/plain-error.ts';
import { PROJECT_ROOT } from '../../lib/project-root.ts';
import { run } from './cdk.ts';

/** Asks the service itself. What is deployed stays deployed: an answer that fails is for a person to judge. */
export async function smokeTest(stage: string, profile: string | undefined): Promise<void> {
  const command = join(PROJECT_ROOT, 'bin', 'blocklist.ts');
  const options = profile === undefined ? [] : ['--profile', profile];
  console.log('\nAsking the service whether it works: blocklist doctor');
  const { code } = await run(process.execPath, [command, 'doctor', '--stage', stage, ...options]);
  if (code === 0) return;
  throw new PlainError(
    [
      `The deploy succeeded, but \`blocklist doctor --stage ${stage}\` found something wrong (above).`,
      'If the version is bad, check out the one before and deploy that. A private API answers only from within its VPC:',
      'run the command there, and deploy from elsewhere with --no-smoke-test.',
    ].join('\n'),
  );
}
