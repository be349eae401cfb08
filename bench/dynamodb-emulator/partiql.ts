import { notUnderstood } from './errors.ts';

/** A statement with `?` for its values, in the order in which they are written. */
interface Statement {
  readonly kind: 'insert' | 'update';
  readonly table: string;
  /** Attributes with a value each, the first parameters. */
  readonly set: readonly string[];
  readonly remove: readonly string[];
  /** Attributes that must be equal to a value each, the parameters behind those. */
  readonly where: readonly string[];
}

const INSERT = /^INSERT INTO "([\w.-]+)" VALUE \{('\w+': \?(?:, '\w+': \?)*)\}$/;
const UPDATE = /^UPDATE "([\w.-]+)"((?: SET "\w+" = \?)*)((?: REMOVE "\w+")*) WHERE ("\w+" = \?(?: AND "\w+" = \?)*)$/;

/** `INSERT INTO "t" VALUE {'a': ?, …}` and `UPDATE "t" SET "a" = ? … REMOVE "b" … WHERE "pk" = ? AND …`, as the store writes them. */
export function parseStatement(text: string): Statement {
  const statement = known.get(text) ?? parse(text);
  known.set(text, statement);
  return statement;
}

const known = new Map<string, Statement>();

function parse(text: string): Statement {
  const [, insert, values = ''] = INSERT.exec(text) ?? [];
  if (insert !== undefined) return { kind: 'insert', table: insert, set: names(values), remove: [], where: [] };
  const [, table, set = '', remove = '', where = ''] = UPDATE.exec(text) ?? [];
  if (table === undefined) throw notUnderstood(text);
  return { kind: 'update', table, set: names(set), remove: names(remove), where: names(where) };
}

function names(text: string): string[] {
  return [...text.matchAll(/["'](\w+)["']/g)].map(([, attribute = '']) => attribute);
}
