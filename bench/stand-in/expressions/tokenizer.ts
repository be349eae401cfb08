import { validationError } from '../errors.ts';

export interface Token {
  /** `name` is `#x`, `value` is `:x`, `word` is a keyword, a function or an attribute. */
  readonly kind: 'word' | 'name' | 'value' | 'symbol' | 'end';
  readonly text: string;
}

const TOKEN = /\s*(?:([A-Za-z_][A-Za-z0-9_]*)|(#[A-Za-z0-9_]+)|(:[A-Za-z0-9_]+)|(<>|<=|>=|[=<>(),+-]))/y;

/** The tokens of an expression, read one by one, with what the expression makes use of. */
export class Tokens {
  readonly #expression: string;
  readonly #tokens: readonly Token[];
  #next = 0;
  /** Placeholders, `#x` and `:x`. */
  readonly placeholders = new Set<string>();
  /** Attributes, as they are written: `x` or `#x`. */
  readonly paths = new Set<string>();

  constructor(expression: string) {
    this.#expression = expression;
    this.#tokens = tokenize(expression);
  }

  get next(): Token {
    return this.#tokens[this.#next] ?? END;
  }

  take(): Token {
    const token = this.next;
    this.#next += 1;
    return token;
  }

  /** Takes the next token where it is this symbol or, whatever its case, this keyword. */
  takeIf(text: string): boolean {
    if (!this.nextIs(text)) return false;
    this.#next += 1;
    return true;
  }

  nextIs(text: string): boolean {
    const { kind, text: found } = this.next;
    return (kind === 'symbol' && found === text) || (kind === 'word' && found.toUpperCase() === text);
  }

  expect(text: string): void {
    if (!this.takeIf(text)) throw this.unknown(`${text} expected`);
  }

  /** An attribute. */
  path(): string {
    const { kind, text } = this.take();
    if (kind !== 'word' && kind !== 'name') throw this.unknown('an attribute expected', text);
    if (kind === 'name') this.placeholders.add(text);
    this.paths.add(text);
    return text;
  }

  value(): string {
    const { kind, text } = this.take();
    if (kind !== 'value') throw this.unknown('a value expected', text);
    this.placeholders.add(text);
    return text;
  }

  end(): void {
    if (this.next.kind !== 'end') throw this.unknown('the end expected');
  }

  unknown(what: string, found = this.next.text): Error {
    return validationError(`The stand-in does not understand "${found}" (${what}) in: ${this.#expression}`);
  }
}

const END: Token = { kind: 'end', text: 'the end' };

function tokenize(expression: string): Token[] {
  const tokens: Token[] = [];
  const end = expression.trimEnd().length;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < end) {
    const at = TOKEN.lastIndex;
    const [, word, name, value, symbol] = TOKEN.exec(expression) ?? [];
    if (word !== undefined) tokens.push({ kind: 'word', text: word });
    else if (name !== undefined) tokens.push({ kind: 'name', text: name });
    else if (value !== undefined) tokens.push({ kind: 'value', text: value });
    else if (symbol !== undefined) tokens.push({ kind: 'symbol', text: symbol });
    else {
      throw validationError(`The stand-in does not understand "${expression.slice(at).trim()}" in: ${expression}`);
    }
  }
  return tokens;
}
