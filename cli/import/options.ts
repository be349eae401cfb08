import { CliError } from '../cli-error.ts';
import { type ChangeOptions, termsOf } from '../commands/change-users.ts';
import type { CommonOptions, Context } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import type { Terminal } from '../terminal.ts';
import type { Numbers } from './body.ts';
import type { GroupTerms } from './groups.ts';
import type { ColumnNames } from './read-rows.ts';

export interface ImportOptions extends Omit<ChangeOptions, 'number'> {
  readonly action: 'block' | 'unblock';
  readonly number?: readonly string[] | undefined;
  readonly allNumbers?: boolean | undefined;
  readonly userColumn?: string | undefined;
  readonly reasonColumn?: string | undefined;
  readonly reasonCodeColumn?: string | undefined;
  readonly expiresColumn?: string | undefined;
  readonly oneReason?: boolean | undefined;
  readonly failed?: string | undefined;
  readonly resume?: boolean | undefined;
  readonly restart?: boolean | undefined;
}

/** @throws CliError if none is given, or some and all */
export function numbersOf({ env }: Pick<Terminal, 'env'>, { number, allNumbers }: ImportOptions): Numbers {
  if (allNumbers) {
    if (number !== undefined)
      throw new CliError(EXIT.usage, '--number and --all-numbers are opposites; give one of them');
    return 'all';
  }
  const given = number ?? (env.BLOCKLIST_NUMBER ? [env.BLOCKLIST_NUMBER] : []);
  if (given.length > 0) return [...new Set(given)];
  throw new CliError(
    EXIT.usage,
    'On which numbers? Nothing names one',
    'Give --number <phone number id>, several with commas, or --all-numbers',
  );
}

export function columnsOf(options: ImportOptions): ColumnNames {
  const { action, userColumn, reasonColumn, reasonCodeColumn, expiresColumn, oneReason } = options;
  if (oneReason && (reasonColumn ?? reasonCodeColumn) !== undefined) {
    throw new CliError(EXIT.usage, '--one-reason leaves out the columns of reasons; give one or the other');
  }
  return {
    user: userColumn,
    reason: reasonColumn,
    reasonCode: reasonCodeColumn,
    expiresAt: expiresColumn,
    oneReason,
    noEnds: action === 'unblock',
  };
}

export function usualTerms(options: ImportOptions, nowMs: number): GroupTerms {
  const { expires_in: expiresIn, expires_at: expiresAt } = termsOf(options, nowMs);
  return { reason: options.reason, reasonCode: options.reasonCode, expiresAt, expiresIn };
}

/** What decides what is sent, to which service, and for whom. */
export function settled({ target }: Context, options: ImportOptions & CommonOptions): readonly unknown[] {
  const { action, reason, reasonCode, expiresIn, expiresAt, defer, onBehalfOf } = options;
  return [target.apiUrl, action, reason, reasonCode, expiresIn, expiresAt, defer, onBehalfOf, columnsOf(options)];
}
