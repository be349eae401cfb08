import { randomUUID } from 'node:crypto';
import { numbers } from '../../lambdas/openapi/blocklist.ts';
import type { ApiClient } from '../api/client.ts';
import { paths } from '../api/paths.ts';
import { CliError } from '../cli-error.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { say, type Terminal } from '../terminal.ts';
import type { ImportOptions } from './options.ts';
import type { ReasonRules } from './reason-problem.ts';
import { fingerprintOf, type ImportState, readState } from './state-file.ts';

/** Hours for which the service remembers a key, less one for a clock that is wrong. */
const KEY_HOURS = 23;
const HOUR_MS = 3_600_000;

interface Earlier {
  readonly statePath: string | undefined;
  readonly fingerprint: string;
  readonly options: ImportOptions;
}

/** Where the import begins: anew, or where an earlier one of the same file and options stopped. Never silently. */
export async function beginImport(
  { terminal, api }: Pick<Context, 'terminal' | 'api'>,
  { statePath, fingerprint, options }: Earlier,
): Promise<ImportState> {
  const { resume = false, restart = false } = options;
  if (resume && restart) throw new CliError(EXIT.usage, '--resume and --restart are opposites; give one of them');
  const earlier = statePath === undefined || restart ? undefined : await readState(statePath);
  if (earlier === undefined) {
    if (resume) throw new CliError(EXIT.usage, 'There is nothing to resume: no import of this file has stopped');
    const rules = await readRules(api, terminal);
    // Of other rules, other rows are sent: under the key of before, the service would refuse them.
    const key = restart ? randomUUID() : fingerprintOf([fingerprint, rules]).slice(0, 32);
    return { version: 1, fingerprint, key, startedAt: new Date(terminal.now()).toISOString(), rules, jobs: [] };
  }
  if (!resume) {
    throw new CliError(
      EXIT.conflict,
      `An import of this file stopped before its end (begun ${earlier.startedAt}, jobs: ${earlier.jobs.flat().length})`,
      'Give --resume to go on with it, or --restart to begin anew',
    );
  }
  if (earlier.fingerprint !== fingerprint) {
    throw new CliError(
      EXIT.conflict,
      'The file or the options are not those of the import that stopped',
      'Give the same, or --restart to begin anew',
    );
  }
  if (terminal.now() - Date.parse(earlier.startedAt) > KEY_HOURS * HOUR_MS) {
    throw new CliError(
      EXIT.conflict,
      'The import began more than a day ago, so the service no longer knows what it has taken',
      'See `blocklist jobs list`, then give --restart: users who are blocked already stay so',
    );
  }
  return earlier;
}

/** What the deployment takes as a reason; undefined, and said, if the caller may not know. */
export async function readRules(api: ApiClient, terminal: Terminal): Promise<ReasonRules | undefined> {
  try {
    const call = { method: 'GET', path: paths.numbers, query: { limit: 1 } } as const;
    const { reason_codes, require_reason } = await api.call(call, numbers);
    return { reason_codes, require_reason };
  } catch (error) {
    if (!(error instanceof CliError) || error.exitCode !== EXIT.notAuthorized) throw error;
    say(terminal, 'You may not list the numbers, so the reason codes of the rows are not checked before they are sent');
    return undefined;
  }
}
