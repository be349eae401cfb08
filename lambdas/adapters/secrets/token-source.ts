import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import * as z from 'zod/mini';
import { SECRET_PLACEHOLDER } from '../../contract/secret-placeholder.ts';
import { TokenMissingError } from '../../core/errors.ts';
import type { Credentials, HeldToken, TokenSource } from '../../core/ports.ts';
import type { AppSecrets } from '../../core/webhook/verify-signature.ts';
import { BATCH_LIMITS } from '../graph/providers.ts';

const entry = z.strictObject({
  /** A line break that came along with a copy would make every header invalid. */
  token: z.string().check(z.trim()),
  /** An empty one would be taken for none, and webhooks for unsigned. */
  appSecret: z.optional(z.string().check(z.trim(), z.minLength(1))),
  provider: z._default(z.enum(['meta', 'splashify']), 'meta'),
});
const phoneNumberId = z.string().check(z.regex(/^\d+$/));
const secret = z.strictObject({
  default: z.optional(entry),
  numbers: z.optional(z.record(phoneNumberId, entry)),
  /** Numbers that are to be out of use, whatever token they have or would have. */
  retired: z.optional(z.array(phoneNumberId)),
});
/** `isPlaceholder`: nobody has put anything in yet. By the very text, so that whoever emptied it otherwise is told. */
type Secret = z.infer<typeof secret> & { readonly isPlaceholder: boolean };
type Entry = z.infer<typeof entry>;

/** Part of a path in the secret: a name that is known, or nothing, since anything may have been put in the wrong place. */
function nameOf(part: PropertyKey): string {
  const name = String(part);
  return /^(default|numbers|retired|token|appSecret|provider|\d{1,32})$/.test(name) ? name : '…';
}

function placeOf({ path, code }: z.core.$ZodIssue): string {
  const place = path.map(nameOf).join('.') || 'the whole';
  return code === 'too_small' ? `${place} is empty: leave it out where there is none` : place;
}

function credentialsOf({ token, appSecret, provider }: Entry): Credentials {
  return { token, appSecret, provider, batchLimit: BATCH_LIMITS[provider] };
}

/** What makes two entries the same credentials; all that hold no token are one. */
function keyOf({ token, appSecret, provider }: Entry): string {
  return token === '' ? '' : JSON.stringify([provider, token, appSecret]);
}

function heldBy(one: Entry, { isDefault }: { isDefault: boolean }): HeldToken {
  return { credentials: one.token === '' ? undefined : credentialsOf(one), phoneNumberIds: [], isDefault };
}

/** What is to be done, for callers: neither the secret's name nor its command. */
const FOR_CALLERS = 'The team that runs this service has to put one into its token secret; its README says how.';

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
      // As for what is missing: the first call after an operator has put the token in works.
      this.#cached = undefined;
      return [];
    }
    const held = new Map<string, HeldToken>();
    // An empty default is what is left of the placeholder where each number has a token of its own: it is nobody's.
    if (fallback?.token) held.set(keyOf(fallback), heldBy(fallback, { isDefault: true }));
    for (const [phoneNumberId, one] of Object.entries(numbers)) {
      if (retired.includes(phoneNumberId)) continue;
      const before = held.get(keyOf(one)) ?? heldBy(one, { isDefault: false });
      held.set(keyOf(one), { ...before, phoneNumberIds: [...before.phoneNumberIds, phoneNumberId] });
    }
    const all = [...held.values()];
    if (!all.some(({ credentials }) => credentials)) throw this.#missing('No access token yet.');
    return all;
  }

  #of({ numbers = {}, default: fallback, retired }: Secret, phoneNumberId: string | undefined): Credentials {
    if (phoneNumberId !== undefined && retired?.includes(phoneNumberId)) {
      throw new TokenMissingError(`${phoneNumberId} is out of use: the token secret names it as retired.`, {
        isRetired: true,
      });
    }
    const own = phoneNumberId === undefined ? undefined : numbers[phoneNumberId];
    const found = own ?? fallback;
    if (found?.token) return own === undefined ? credentialsOf(found) : { ...credentialsOf(found), isOwn: true };
    const othersHaveOne = [fallback, ...Object.values(numbers)].some((one) => one?.token);
    throw this.#missing(
      `No access token ${phoneNumberId === undefined ? '' : `for ${phoneNumberId} `}yet.`,
      othersHaveOne,
    );
  }

  /** What is missing is not kept: the first call after an operator has put the token in works. */
  #missing(problem: string, othersHaveOne = false): TokenMissingError {
    this.#cached = undefined;
    return this.#unusable(problem, othersHaveOne);
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
    if (!text.startsWith('{')) return { default: { token: text, provider: 'meta' }, isPlaceholder: false };
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch {
      throw this.#unusable('The token secret starts as JSON but is not valid JSON.');
    }
    const parsed = secret.safeParse(json);
    if (parsed.success) return { ...parsed.data, isPlaceholder: text === SECRET_PLACEHOLDER };
    const fields = parsed.error.issues.map(placeOf).join(', ');
    throw this.#unusable(`The token secret is not as expected (look at: ${fields}).`);
  }

  #unusable(problem: string, othersHaveOne = false): TokenMissingError {
    const command = `aws secretsmanager put-secret-value --secret-id '${this.#secretArn}' --secret-string '<access token>'`;
    return new TokenMissingError(`${problem} ${FOR_CALLERS}`, { command, othersHaveOne });
  }
}
