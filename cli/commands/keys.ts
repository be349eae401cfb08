import { type Key, type KeyWithSecret, key, keys, keyWithSecret } from '../../lambdas/openapi/key.ts';
import { firstRows, rowsOf } from '../api/pages.ts';
import { paths } from '../api/paths.ts';
import type { Context } from '../context.ts';
import { readDuration } from '../duration.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { print } from '../output/print.ts';
import { type Column, table } from '../output/table.ts';
import { say } from '../terminal.ts';

const COLUMNS: readonly Column<Key>[] = [
  { head: 'ID', of: ({ id }) => id },
  { head: 'NAME', of: ({ name }) => name },
  { head: 'STATUS', of: ({ status }) => status },
  { head: 'SCOPES', of: ({ scopes }) => scopes.join(',') },
  { head: 'NUMBERS', of: ({ phone_number_ids }) => phone_number_ids?.join(',') ?? 'all' },
  { head: 'EXPIRES', of: ({ expires_at }) => expires_at },
  { head: 'LAST USED', of: ({ last_used_at }) => last_used_at ?? 'never' },
];

export async function listKeys(context: Context): Promise<ExitCode> {
  const rows = (await firstRows(rowsOf(context.api, { method: 'GET', path: paths.keys }, keys))).rows;
  print(context, { data: rows }, () => table(COLUMNS, rows));
  return EXIT.ok;
}

export interface CreateKeyOptions {
  readonly scope: readonly string[];
  readonly number?: readonly string[] | undefined;
  readonly expiresIn?: string | undefined;
}

/** `blocklist keys create <name>`: the key itself is printed this once. */
export async function createKey(context: Context, name: string, options: CreateKeyOptions): Promise<ExitCode> {
  const body = {
    name,
    scopes: options.scope,
    phone_number_ids: options.number,
    expires_in: options.expiresIn === undefined ? undefined : readDuration(options.expiresIn, '--expires-in'),
  };
  return printSecret(context, await context.api.call({ method: 'POST', path: paths.keys, body }, keyWithSecret));
}

export async function rotateKey(
  context: Context,
  id: string,
  { overlap }: { readonly overlap?: string | undefined },
): Promise<ExitCode> {
  const body = { overlap_seconds: overlap === undefined ? undefined : readDuration(overlap, '--overlap') };
  return printSecret(
    context,
    await context.api.call({ method: 'POST', path: paths.rotateKey(id), body }, keyWithSecret),
  );
}

export async function revokeKey(context: Context, id: string): Promise<ExitCode> {
  const revoked = await context.api.call({ method: 'DELETE', path: paths.key(id) }, key);
  print(context, revoked, () => table(COLUMNS, [revoked]));
  return EXIT.ok;
}

function printSecret(context: Context, made: KeyWithSecret): ExitCode {
  print(context, made, () => `${made.key}\n`);
  say(
    context.terminal,
    `Key ${made.id} (${made.name}). It is shown this once. To call with it: BLOCKLIST_API_KEY=<key>`,
  );
  return EXIT.ok;
}
