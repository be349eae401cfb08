import type { Credentials, TokenSource } from '../../lambdas/core/ports/services.ts';

/** As `SecretTokenSource` keeps it. */
const CACHE_MS = 60_000;

/** A secret with one token, which Graph may revoke before an operator puts in the next. Read through a cache of a minute. */
export class ModelTokens implements TokenSource {
  readonly #now: () => number;
  #issued = 1;
  #stored = 1;
  #cached: { readonly token: string; readonly until: number } | undefined;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The one token that Graph accepts. */
  get valid(): string {
    return token(this.#issued);
  }

  revoke(): void {
    this.#issued += 1;
  }

  replace(): void {
    this.#stored = this.#issued;
  }

  async credentials(): Promise<Credentials> {
    if (!this.#cached || this.#cached.until <= this.#now()) {
      this.#cached = { token: token(this.#stored), until: this.#now() + CACHE_MS };
    }
    return { token: this.#cached.token, provider: 'meta', batchLimit: 5 };
  }

  async renewed(_phoneNumberId: string | undefined, refused: Credentials): Promise<Credentials | undefined> {
    this.#cached = undefined;
    const credentials = await this.credentials();
    return credentials.token === refused.token ? undefined : credentials;
  }

  async all() {
    return [{ credentials: await this.credentials(), phoneNumberIds: [], isDefault: true }];
  }
}

function token(number: number): string {
  return `EAA-model-token-${number}`;
}
