import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import * as z from 'zod/mini';
import { TokenMissingError } from '../../core/errors.ts';
import type { Credentials, TokenSource } from '../../core/ports.ts';
import { BATCH_LIMITS } from '../graph/providers.ts';

const entry = z.strictObject({
  token: z.string(),
  appSecret: z.optional(z.string()),
  provider: z._default(z.enum(['meta', 'splashify']), 'meta'),
});
const secret = z.strictObject({
  default: z.optional(entry),
  numbers: z.optional(z.record(z.string().check(z.regex(/^\d+$/)), entry)),
});
type Secret = z.infer<typeof secret>;

/** Part of a path in the secret: a name that is known, or nothing, since anything may have been put in the wrong place. */
function nameOf(part: PropertyKey): string {
  const name = String(part);
  return /^(default|numbers|token|appSecret|provider|\d{1,32})$/.test(name) ? name : '…';
}

/** How long a token is used before it is read again: a replaced token is in use everywhere after this. */
const CACHE_MS = 60_000;

/** Tokens from Secrets Manager: the bare token, or JSON that names a token for each number. */
export class SecretTokenSource implements TokenSource {
  readonly #client: SecretsManagerClient;
  readonly #secretArn: string;
  readonly #now: () => number;
  #cached: { readonly secret: Promise<Secret>; readonly until: number } | undefined;

  constructor(client: SecretsManagerClient, secretArn: string, now: () => number = Date.now) {
    this.#client = client;
    this.#secretArn = secretArn;
    this.#now = now;
  }

  async credentials(phoneNumberId: string): Promise<Credentials> {
    return this.#of(await this.#read(), phoneNumberId);
  }

  async renewed(phoneNumberId: string, refused: Credentials): Promise<Credentials | undefined> {
    this.#cached = undefined;
    const credentials = await this.credentials(phoneNumberId);
    return credentials.token === refused.token ? undefined : credentials;
  }

  #of({ numbers, default: fallback }: Secret, phoneNumberId: string): Credentials {
    const found = numbers?.[phoneNumberId] ?? fallback;
    // What is missing is not kept: the first call after an operator has put the token in works.
    if (!found?.token) {
      this.#cached = undefined;
      throw new TokenMissingError(this.#howToSet(`No access token for ${phoneNumberId} yet.`));
    }
    const { token, appSecret, provider } = found;
    return { token, appSecret, provider, batchLimit: BATCH_LIMITS[provider] };
  }

  #read(): Promise<Secret> {
    if (!this.#cached || this.#cached.until <= this.#now()) {
      const reading = this.#fetch();
      this.#cached = { secret: reading, until: this.#now() + CACHE_MS };
      // A failed read is not kept: the next request tries again.
      reading.catch(() => {
        if (this.#cached?.secret === reading) this.#cached = undefined;
      });
    }
    return this.#cached.secret;
  }

  async #fetch(): Promise<Secret> {
    const { SecretString } = await this.#client.send(new GetSecretValueCommand({ SecretId: this.#secretArn }));
    const text = (SecretString ?? '').trim();
    if (!text.startsWith('{')) return { default: { token: text, provider: 'meta' } };
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch {
      throw new TokenMissingError(this.#howToSet('The token secret starts as JSON but is not valid JSON.'));
    }
    const parsed = secret.safeParse(json);
    if (parsed.success) return parsed.data;
    const fields = parsed.error.issues.map(({ path }) => path.map(nameOf).join('.') || 'the whole').join(', ');
    throw new TokenMissingError(this.#howToSet(`The token secret is not as expected (look at: ${fields}).`));
  }

  #howToSet(problem: string): string {
    return `${problem} Put it into the secret with: aws secretsmanager put-secret-value --secret-id '${this.#secretArn}' --secret-string '<access token>'`;
  }
}
