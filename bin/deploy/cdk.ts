import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { PlainError } from '../../lib/plain-error.ts';

/** The CDK failed, and has said why. */
export class CdkFailed extends Error {
  readonly code: number;
  constructor(code: number) {
    super('The CDK failed');
    this.code = code;
  }
}

/** Runs the CDK, and gives what it printed if that is piped. @throws CdkFailed with its exit code */
export async function cdk(command: readonly string[], stdout: 'inherit' | 'pipe' = 'inherit'): Promise<string> {
  const { code, output } = await run('cdk', command, stdout).catch((error: Error) => {
    throw new PlainError(
      `The CDK cannot be started: ${error.message}\nRun \`npm ci\`, and start this command with \`npm run deploy\`.`,
    );
  });
  if (code !== 0) throw new CdkFailed(code);
  return output;
}

/** Runs a command to its end, on this terminal. */
export async function run(command: string, args: readonly string[], stdout: 'inherit' | 'pipe' = 'inherit') {
  const child = spawn(command, args, { stdio: ['inherit', stdout, 'inherit'] });
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const [code] = await once(child, 'close');
  return { code: typeof code === 'number' ? code : 1, output };
}
