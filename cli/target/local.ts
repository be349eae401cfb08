import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';
import type { Terminal } from '../terminal.ts';
import type { Target } from './access.ts';
import { stackNameOf } from './stage.ts';

/** What `npm start` writes, as far as it is used here. */
const localStack = z.object({
  pid: z.number(),
  apiUrl: z.string(),
  keyApiUrl: z.string(),
  endpoint: z.string(),
  region: z.string(),
  accessKeyId: z.string(),
  secretAccessKey: z.string(),
  secretName: z.string(),
  scheduleGroup: z.string(),
});

const NONE = new CliError(EXIT.usage, 'No local stack is running', 'Start one in the folder of the project: npm start');

/** The stack that `npm start` keeps running, in this folder or one above. */
export function localTarget({ cwd }: Pick<Terminal, 'cwd'>, key: string | undefined): Target {
  const stack = localStack.parse(readStackFile(cwd));
  if (!isAlive(stack.pid)) throw NONE;
  const { region, accessKeyId, secretAccessKey, endpoint } = stack;
  const credentials = async () => ({ accessKeyId, secretAccessKey });
  return {
    apiUrl: key === undefined ? stack.apiUrl : stack.keyApiUrl,
    authentication: key === undefined ? { kind: 'iam', region, credentials } : { kind: 'key', key },
    aws: {
      region,
      credentials,
      endpoint,
      stackName: stackNameOf('local'),
      outputs: { ApiUrl: stack.apiUrl, TokenSecretArn: stack.secretName, ScheduleGroupName: stack.scheduleGroup },
    },
  };
}

function readStackFile(folder: string): unknown {
  try {
    return JSON.parse(readFileSync(join(folder, '.local', 'stack.json'), 'utf8'));
  } catch {
    const above = dirname(folder);
    if (above === folder) throw NONE;
    return readStackFile(above);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
