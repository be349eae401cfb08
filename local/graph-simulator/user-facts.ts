import type { Options } from './options.ts';
import { isBsuid } from './users.ts';

/** What is known of users, in a form for quick look-ups. Rebuilt whenever the options change. */
export class UserFacts {
  readonly #options: Options;
  readonly #invalid: ReadonlySet<string>;
  readonly #malformed: ReadonlySet<string>;
  readonly #business: ReadonlySet<string>;
  readonly #forgotten: ReadonlySet<string>;
  readonly #withoutId: ReadonlySet<string>;
  readonly #waIds: ReadonlyMap<string, string>;
  readonly #sentAs: ReadonlyMap<string, string>;

  constructor(options: Options) {
    this.#options = options;
    this.#invalid = new Set(options.invalidNumbers);
    this.#malformed = new Set(options.malformedNumbers);
    this.#business = new Set(options.businessAccounts);
    this.#forgotten = new Set(options.forgotten);
    this.#withoutId = new Set(options.listedWithoutId);
    this.#waIds = new Map(Object.entries(options.waIds));
    this.#sentAs = new Map(Object.entries(options.waIds).map(([sent, waId]) => [waId, sent]));
  }

  /** The `wa_id` of a number: its digits, unless the options say otherwise. */
  waIdOf(digits: string): string {
    return this.#waIds.get(digits) ?? digits;
  }

  /** The text with which a user on the list was blocked. */
  inputOf(user: string): string {
    return isBsuid(user) ? user : `+${this.#sentAs.get(user) ?? user}`;
  }

  isListedWithoutId(user: string): boolean {
    return this.#withoutId.has(user);
  }

  /** Whether digits that look like a phone number are refused as one. */
  isMalformed(digits: string): boolean {
    return this.#malformed.has(digits);
  }

  // A user can be named by number or by wa_id in the options, so each question looks under both.

  isInvalid(names: readonly string[]): boolean {
    return names.some((name) => this.#invalid.has(name));
  }

  isBusinessAccount(names: readonly string[]): boolean {
    return names.some((name) => this.#business.has(name));
  }

  isForgotten(names: readonly string[]): boolean {
    return names.some((name) => this.#forgotten.has(name));
  }

  isOwnNumber(names: readonly string[], phoneNumberId: string): boolean {
    const own = this.#options.numbers[phoneNumberId]?.ownNumber;
    return own !== null && own !== undefined && (names.includes(own) || names.includes(this.waIdOf(own)));
  }

  /** Whether the user wrote to the number within the message window before `now`. */
  wroteRecently(names: readonly string[], phoneNumberId: string, now: number): boolean {
    const last = this.#lastInboundAt(names, phoneNumberId);
    if (last === 'now') return true;
    return last !== null && last !== 'never' && now - last <= this.#options.messageWindowMs;
  }

  #lastInboundAt(names: readonly string[], phoneNumberId: string): number | null | 'now' | 'never' {
    const ofNumber = this.#options.numbers[phoneNumberId]?.lastInboundAt ?? {};
    for (const known of [ofNumber, this.#options.lastInboundAt]) {
      for (const name of names) {
        const at = known[name];
        if (at !== undefined) return at;
      }
    }
    return this.#options.defaultLastInboundAt;
  }
}
