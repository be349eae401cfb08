import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Item } from '../../lambdas/adapters/dynamo/table.ts';

interface Kind {
  readonly pk: RegExp;
  readonly sk: RegExp;
  /** Of items with the same keys, those of this kind. */
  readonly is?: (item: Item) => boolean;
}

const isAlias = (item: Item) => item.aliasOf !== undefined;
const isWanted = ({ state }: Item) => state === 'blocked' || state === 'deferred';
const isOutOfUse = ({ outOfUseSince }: Item) => outOfUseSince !== undefined;

/** Every kind of item that the stores write, by its keys and what it holds: the rows of `docs/data-model.md`, How long. */
const KINDS: Readonly<Record<string, Kind>> = {
  'user, blocked or deferred': {
    pk: /^LIST#\d+#\d\d$/,
    sk: /^USER#/,
    is: (item) => !isAlias(item) && isWanted(item),
  },
  'user, otherwise': { pk: /^LIST#\d+#\d\d$/, sk: /^USER#/, is: (item) => !isAlias(item) && !isWanted(item) },
  'alias of a present user': { pk: /^LIST#/, sk: /^USER#/, is: (item) => isAlias(item) && item.ttl === undefined },
  'alias, otherwise': { pk: /^LIST#/, sk: /^USER#/, is: (item) => isAlias(item) && item.ttl !== undefined },
  'audit event': { pk: /^AUDIT#(?:\d+|\*)#/, sk: /^\d{4}-.*#/ },
  'protected user': { pk: /^PROTECTED$/, sk: /./ },
  operation: { pk: /^OPS#\d+#\d{4}-\d\d-\d\d$/, sk: /./ },
  'day of operations': { pk: /^NUMBER#/, sk: /^OPSDAY#/ },
  'number in use': { pk: /^NUMBER#/, sk: /^SUMMARY$/, is: (item) => !isOutOfUse(item) },
  'number out of use': { pk: /^NUMBER#/, sk: /^SUMMARY$/, is: isOutOfUse },
  'registry, number in use': { pk: /^NUMBERS$/, sk: /^\d+$/, is: (item) => item.ttl === undefined },
  'registry, number out of use': { pk: /^NUMBERS$/, sk: /^\d+$/, is: (item) => item.ttl !== undefined },
  job: { pk: /^NUMBER#/, sk: /^JOB#/ },
  'job entry': { pk: /^JOBS$/, sk: /./ },
  chunk: { pk: /^JOB#/, sk: /^CHUNK#/ },
  'chunk users': { pk: /^JOB#/, sk: /^USERS#/ },
  'shared users': { pk: /^BATCH#/, sk: /^USERS#/ },
  'chunk outcomes': { pk: /^JOB#/, sk: /^OUTCOMES#/ },
  'idempotency of a number': { pk: /^IDEM#\d+$/, sk: /./ },
  'idempotency of a batch': { pk: /^IDEM#BATCH$/, sk: /./ },
  'waiting event': { pk: /^OUTBOX#\d\d$/, sk: /./ },
};
export const KIND_NAMES: readonly string[] = Object.keys(KINDS);

/** The kinds that an item can be taken for: one, unless something is wrong. */
export function kindsOf(item: Item): string[] {
  return Object.entries(KINDS).flatMap(([name, { pk, sk, is }]) =>
    pk.test(String(item.pk)) && sk.test(String(item.sk)) && (is?.(item) ?? true) ? [name] : [],
  );
}

/** What the document says of each kind: when it ends, and why. */
export function documented(): ReadonlyMap<string, { readonly ends: string; readonly why: string }> {
  const text = readFileSync(join(import.meta.dirname, '../../docs/data-model.md'), 'utf8');
  const [, section = ''] = text.split('## How long');
  const rows = [...section.matchAll(/^\| ([^|]+) \| ([^|]+) \| ([^|]+) \|$/gm)].slice(1);
  return new Map(
    rows.map(([, kind = '', ends = '', why = '']) => [kind.trim(), { ends: ends.trim(), why: why.trim() }]),
  );
}
