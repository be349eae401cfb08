import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import * as z from 'zod/mini';
import { PROVIDER_NAMES, PROVIDERS } from '../../contract/providers.ts';
import { SECRET_PLACEHOLDER, setTokenCommand } from '../../contract/token-secret.ts';
import { TokenMissingError } from '../../core/errors.ts';
import type { Credentials, HeldToken, TokenSource } from '../../core/ports/services.ts';
import type { AppSecrets } from '../../core/webhook/verify-signature.ts';
import { placeInText, problemOf } from './secret-problems.ts';

const entry = z.strictObject({
  /** A line break from copying would make every header invalid. */
  token: z.string().check(z.trim()),
  /** An empty secret would count as none, and webhooks as unsigned. */
  appSecret: z.optional(z.string().check(z.trim(), z.minLength(1))),
  provider: z._default(z.enum(PROVIDER_NAMES), 'meta'),
});
const phoneNumberId = z.string().check(z.regex(/^\d+$/));
const secret = z.strictObject({
  default: z.optional(entry),
  numbers: z.optional(z.record(phoneNumberId, entry)),
  /** Numbers that are taken out of use, whatever token they have. */
  retired: z.optional(z.array(phoneNumberId)),
});
/**
 * `isPlaceholder`: no token was put in yet. The exact text is compared, so that a secret that was emptied in another way is
 * reported.
 */
type Secret = z.infer<typeof secret> & { readonly isPlaceholder: boolean };
type Entry = z.infer<typeof entry>;

function credentialsOf({ token, appSecret, provider }: Entry): Credentials {
  return { token, appSecret, provider, batchLimit: PROVIDERS[provider].batchLimit };
}

/** Entries with the same key have the same credentials; all without a token are one. */
function credentialsKey({ token, appSecret, provider }: Entry): string {
  return token === '' ? '' : JSON.stringify([provider, token, appSecret]);
}

function heldBy(one: Entry, { isDefault }: { isDefault: boolean }): HeldToken {
  return { credentials: one.token === '' ? undefined : credentialsOf(one), phoneNumberIds: [], isDefault };
}

/** What to do, for callers: without the secret's name and the command. */
const PUT_ONE_IN = 'The team that runs this service has to put one into its token secret; its README says how.';
const CORRECT_IT = 'The team that runs this service has to correct it; its README says how.';

/** Characters that no access token has, but JSON without its first brace has. */
const NO_BARE_TOKEN = /[\s"'{}[\],]/;

/** How long a token is used before it is read again. After this time a replaced token is in use everywhere. */
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

  async appSecrets(phoneNumberId: string): Promise<AppSecrets> {
    const { numbers, default: fallback, retired } = await this.#read();
    if (retired?.includes(phoneNumberId)) return {};
    const entry = numbers?.[phoneNumberId];
    if (!entry || entry.appSecret !== undefined) return { own: (entry ?? fallback)?.appSecret };
    // Another provider's webhooks are signed by another app.
    return { shared: entry.provider === fallback?.provider ? fallback.appSecret : undefined };
  }

  async renewed(phoneNumberId: string | undefined, refused: Credentials): Promise<Credentials | undefined> {
    this.#cached = undefined;
    const credentials = this.#of(await this.#read(), phoneNumberId);
    return credentials.token === refused.token ? undefined : credentials;
  }

  async all(): Promise<HeldToken[]> {
    this.#cached = undefined;
    const { numbers = {}, default: fallback, retired = [], isPlaceholder } = await this.#read();
    if (isPlaceholder) {
      // As for a missing token, the first call after an operator has put the token in works.
      this.#cached = undefined;
      return [];
    }
    const held = new Map<string, HeldToken>();
    // An empty default remains from the placeholder if each number has a token of its own. No number uses it.
    if (fallback?.token) held.set(credentialsKey(fallback), heldBy(fallback, { isDefault: true }));
    for (const [phoneNumberId, one] of Object.entries(numbers)) {
      if (retired.includes(phoneNumberId)) continue;
      const before = held.get(credentialsKey(one)) ?? heldBy(one, { isDefault: false });
      held.set(credentialsKey(one), { ...before, phoneNumberIds: [...before.phoneNumberIds, phoneNumberId] });
    }
    const all = [...held.values()];
    if (!all.some(({ credentials }) => credentials)) throw this.#missing('No access token yet.');
    return all;
  }

  #of({ numbers = {}, default: fallback, retired }: Secret, phoneNumberId: string | undefined): Credentials {
    if (phoneNumberId !== undefined && retired?.includes(phoneNumberId)) {
      throw new TokenMissingError(`${phoneNumberId} is out of use: the token secret lists it as retired.`, {
        isRetired: true,
      });
    }
    const own = phoneNumberId === undefined ? undefined : numbers[phoneNumberId];
    const found = own ?? fallback;
    if (found?.token) return own === undefined ? credentialsOf(found) : { ...credentialsOf(found), isOwn: true };
    const othersHaveOne = [fallback, ...Object.values(numbers)].some((one) => one?.token);
    throw this.#missing(
      `No access token ${phoneNumberId === undefined ? '' : `for phone number id ${phoneNumberId} `}yet.`,
      othersHaveOne,
    );
  }

  /** A missing token is not cached: the first call after an operator has put the token in works. */
  #missing(problem: string, othersHaveOne = false): TokenMissingError {
    this.#cached = undefined;
    return this.#unusable(`${problem} ${PUT_ONE_IN}`, othersHaveOne);
  }

  #read(): Promise<Secret> {
    if (!this.#cached || this.#cached.until <= this.#now()) {
      const reading = this.#fetch();
      this.#cached = { secret: reading, until: this.#now() + CACHE_MS };
      // A failed read is not cached: the next request tries again.
      reading.catch(() => {
        if (this.#cached?.secret === reading) this.#cached = undefined;
      });
    }
    return this.#cached.secret;
  }

  async #fetch(): Promise<Secret> {
    const { SecretString } = await this.#client.send(new GetSecretValueCommand({ SecretId: this.#secretArn }));
    const text = (SecretString ?? '').trim();
    if (!text.startsWith('{')) {
      if (NO_BARE_TOKEN.test(text)) {
        throw this.#malformed(
          'is neither a bare token, which has no spaces, quotes or brackets, nor JSON, which begins with a brace',
        );
      }
      return { default: { token: text, provider: 'meta' }, isPlaceholder: false };
    }
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch (error) {
      throw this.#malformed(`starts as JSON but is not valid JSON: ${placeInText(error)}`);
    }
    const parsed = secret.safeParse(json);
    if (parsed.success) return { ...parsed.data, isPlaceholder: text === SECRET_PLACEHOLDER };
    throw this.#malformed(`is not as expected: ${parsed.error.issues.map(problemOf).join('; ')}`);
  }

  #malformed(problem: string): TokenMissingError {
    return this.#unusable(`The token secret ${problem}. ${CORRECT_IT}`);
  }

  #unusable(message: string, othersHaveOne = false): TokenMissingError {
    const [, , , region = ''] = this.#secretArn.split(':');
    return new TokenMissingError(message, { command: setTokenCommand(this.#secretArn, region), othersHaveOne });
  }
}
