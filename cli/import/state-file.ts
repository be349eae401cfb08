import { createHash } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { REQUIRED_REASONS } from '../../lambdas/contract/reasons.ts';
import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';

/**
 * What an import has sent, beside its file, so that a killed one can be resumed. It is written before the first request, and
 * after each; a request whose answer was lost is repeated under its key, and the service answers with the same jobs.
 */
const importState = z.object({
  version: z.literal(1),
  /** Of the file and the options: an import is resumed with the same of both only. */
  fingerprint: z.string(),
  /** Begins the `Idempotency-Key` of every request. */
  key: z.string(),
  /** ISO 8601. The service remembers keys for 24 hours. */
  startedAt: z.string(),
  /** What the deployment took as a reason when the import began: rows are judged by the same when it goes on. */
  rules: z.object({ reason_codes: z.array(z.string()), require_reason: z.enum(REQUIRED_REASONS) }).optional(),
  /** The ids of the jobs of each request, in the order of the groups; fewer than there are groups while not all are sent. */
  jobs: z.array(z.array(z.string())),
});
export type ImportState = z.infer<typeof importState>;

export function stateFileOf(file: string): string {
  return `${file}.import.json`;
}

export function fingerprintOf(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** The state of an earlier import of the file; `undefined` if there is none. */
export async function readState(path: string): Promise<ImportState | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return importState.parse(JSON.parse(text));
  } catch {
    throw new CliError(EXIT.conflict, `${path} is not what an import writes`, 'Move it away, or give --restart');
  }
}

/** Whole or not at all, whenever the process dies. */
export async function writeState(path: string, state: ImportState): Promise<void> {
  const draft = `${path}.new`;
  await writeFile(draft, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  await rename(draft, path);
}

export function removeState(path: string): Promise<void> {
  return rm(path, { force: true });
}
