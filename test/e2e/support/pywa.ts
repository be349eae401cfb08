import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { installPythonPackage } from '../../../local/cloud/install-python-package.ts';

export interface PywaRun {
  readonly baseUrl: string;
  readonly token: string;
  readonly number: string;
  readonly steps: readonly (readonly [step: 'block' | 'unblock' | 'list' | 'own list', argument: unknown])[];
}

/** What each step gave, in Python; see `pywa_steps.py`. */
export async function runPywa(run: PywaRun): Promise<unknown[]> {
  const { python, env } = await installPythonPackage('pywa', { log: console.log });
  const child = spawn(python, [join(import.meta.dirname, 'pywa_steps.py')], {
    env: { ...env, PATH: process.env.PATH ?? '', NO_PROXY: '*' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.end(JSON.stringify(run));
  const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  if (code !== 0) throw new Error(`pywa ended with ${code}: ${errors}`);
  return JSON.parse(output);
}
