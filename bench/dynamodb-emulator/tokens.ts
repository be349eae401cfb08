import { validationError } from './errors.ts';

const TOKEN = /\s*([#:]?\w+|<>|<=|>=|[=<>(),+])/y;
const END = 'the end';

/** The tokens of an expression, read one by one. */
export class Tokens {
  readonly #expression: string;
  readonly all: readonly string[];
  #at = 0;

  constructor(expression: string) {
    this.#expression = expression;
    this.all = tokenize(expression);
  }

  get next(): string {
    return this.all[this.#at] ?? END;
  }

  /** Takes the next token if it is this symbol or, in any case, this keyword. */
  takeIf(wanted: string): boolean {
    const isNext = this.all[this.#at]?.toUpperCase() === wanted;
    if (isNext) this.#at += 1;
    return isNext;
  }

  take(pattern: RegExp, what: string): string {
    const token = this.all[this.#at];
    if (token === undefined || !pattern.test(token)) throw this.unknown(`${what} expected`);
    this.#at += 1;
    return token;
  }

  expect(wanted: string): void {
    if (!this.takeIf(wanted)) throw this.unknown(`${wanted} expected`);
  }

  /** What `parse` reads, once or more often, with commas in between. */
  list<T>(parse: (tokens: Tokens) => T): T[] {
    const all = [parse(this)];
    while (this.takeIf(',')) all.push(parse(this));
    return all;
  }

  end(): void {
    if (this.#at < this.all.length) throw this.unknown('the end expected');
  }

  unknown(what: string): Error {
    return validationError(`The emulator does not understand "${this.next}" (${what}) in: ${this.#expression}`);
  }
}

function tokenize(expression: string): string[] {
  const tokens: string[] = [];
  const end = expression.trimEnd().length;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < end) {
    const at = TOKEN.lastIndex;
    const [, token] = TOKEN.exec(expression) ?? [];
    if (token === undefined) {
      throw validationError(`The emulator does not understand "${expression.slice(at)}" in: ${expression}`);
    }
    tokens.push(token);
  }
  return tokens;
}
