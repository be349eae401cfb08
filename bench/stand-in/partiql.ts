import { validationError } from './errors.ts';
import { cached } from './expressions/cached.ts';

/** A statement with `?` for its values, in the order in which they are written. */
export type Statement =
  | { readonly kind: 'insert'; readonly table: string; readonly names: readonly string[]; readonly parameters: number }
  | {
      readonly kind: 'update';
      readonly table: string;
      /** Attributes with a value each, the first parameters. */
      readonly set: readonly string[];
      readonly remove: readonly string[];
      /** Attributes that must be equal to a value each, the parameters behind those. */
      readonly where: readonly string[];
      readonly parameters: number;
    };

const TOKEN = /\s*(?:"((?:[^"]|"")+)"|'((?:[^']|'')*)'|([A-Za-z]+)|([?{}:,=]))/y;

type Token = { readonly kind: 'name' | 'text' | 'word' | 'symbol'; readonly text: string };

/** `INSERT INTO "t" VALUE {'a': ?, …}` and `UPDATE "t" SET "a" = ? … REMOVE "b" … WHERE "pk" = ? AND …`, and no more. */
export const parseStatement = cached((statement: string): Statement => {
  const tokens = tokenize(statement);
  const refuse = (found = tokens[0]?.text ?? 'the end') =>
    validationError(`The stand-in does not understand "${found}" of the statement ${statement}`);
  const take = (kind: Token['kind']): string => {
    const token = tokens.shift();
    if (token?.kind !== kind) throw refuse(token?.text);
    return token.text;
  };
  const takeIf = (text: string): boolean => {
    const [token] = tokens;
    const found = token?.kind === 'word' ? token.text.toUpperCase() : token?.kind === 'symbol' ? token.text : undefined;
    if (found === text) tokens.shift();
    return found === text;
  };
  const expect = (...all: string[]) => {
    for (const one of all) if (!takeIf(one)) throw refuse();
  };
  const end = () => {
    if (tokens.length > 0) throw refuse();
  };
  const named = (): string => {
    const name = take('name');
    expect('=', '?');
    return name;
  };

  if (takeIf('INSERT')) {
    expect('INTO');
    const table = take('name');
    expect('VALUE', '{');
    const names: string[] = [];
    do {
      names.push(take('text'));
      expect(':', '?');
    } while (takeIf(','));
    expect('}');
    end();
    return { kind: 'insert', table, names, parameters: names.length };
  }
  expect('UPDATE');
  const table = take('name');
  const set: string[] = [];
  const remove: string[] = [];
  while (takeIf('SET')) set.push(named());
  while (takeIf('REMOVE')) remove.push(take('name'));
  expect('WHERE');
  const where = [named()];
  while (takeIf('AND')) where.push(named());
  end();
  if (set.length + remove.length === 0) throw refuse('WHERE');
  const twice = [...set, ...remove];
  if (new Set(twice).size < twice.length) throw validationError(`An attribute is changed twice in ${statement}`);
  return { kind: 'update', table, set, remove, where, parameters: set.length + where.length };
});

function tokenize(statement: string): Token[] {
  const tokens: Token[] = [];
  const end = statement.trimEnd().length;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < end) {
    const at = TOKEN.lastIndex;
    const [, name, text, word, symbol] = TOKEN.exec(statement) ?? [];
    if (name !== undefined) tokens.push({ kind: 'name', text: name.replaceAll('""', '"') });
    else if (text !== undefined) tokens.push({ kind: 'text', text: text.replaceAll("''", "'") });
    else if (word !== undefined) tokens.push({ kind: 'word', text: word });
    else if (symbol !== undefined) tokens.push({ kind: 'symbol', text: symbol });
    else throw validationError(`The stand-in does not understand "${statement.slice(at).trim()}" of ${statement}`);
  }
  return tokens;
}
