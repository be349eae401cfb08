import { createHmac } from 'node:crypto';
import type * as z from 'zod/mini';
import { PROVIDERS, type ProviderName } from '../../contract/providers.ts';
import type { Action, UserOutcome } from '../../core/changes/outcome.ts';
import type { GraphError } from '../../core/errors.ts';
import { isKnownCode } from '../../core/graph-codes.ts';
import type {
  Graph,
  GraphCall,
  GraphPage,
  Log,
  TokenCall,
  TokenInfo,
  TokenRefusal,
} from '../../core/ports/services.ts';
import { traceIdOf } from '../../core/refusal-reasons.ts';
import { graphSpelling, type Identity } from '../../core/users/identity.ts';
import { type AnsweredTokenError, changeAnswer, listAnswer, tokenAnswer } from './answer-schemas.ts';
import { hasResults, toOutcomes } from './change-outcomes.ts';
import { lost, noAnswer, noSuchCall, refusal, withoutToken } from './graph-errors.ts';
import { type HttpAnswer, type HttpRequest, sendHttp } from './http-client.ts';
import { listedUsers } from './listed-users.ts';
import { errorIn } from './read-error.ts';
import { sendUsers } from './send-users.ts';

export interface GraphClientOptions {
  /** Without a slash at the end. */
  readonly baseUrls: Readonly<Record<ProviderName, string>>;
  /** Graph version if the caller's path names none. */
  readonly version: string;
  readonly log: Pick<Log, 'error' | 'info'>;
}

/** Meta's Block Users API, and APIs with its format. Source: Meta's Block Users guide and reference. */
export class GraphClient implements Graph {
  readonly #options: GraphClientOptions;

  constructor(options: GraphClientOptions) {
    this.#options = options;
  }

  async changeUsers(call: GraphCall, action: Action, identities: readonly Identity[]): Promise<UserOutcome[]> {
    const { credentials, timeoutMs } = call;
    return sendUsers(credentials.provider, {
      identities,
      timeoutMs,
      send: (users, leftMs) => this.#sendUsers({ ...call, timeoutMs: leftMs }, action, users),
    });
  }

  /** One request. Throws if the provider refuses it as a whole. */
  async #sendUsers(call: GraphCall, action: Action, identities: readonly Identity[]): Promise<UserOutcome[]> {
    const body = JSON.stringify({
      messaging_product: 'whatsapp',
      block_users: identities.map((identity) =>
        identity.kind === 'phone' ? { user: graphSpelling(identity) } : { user_id: identity.id },
      ),
    });
    const method = action === 'block' ? 'POST' : 'DELETE';
    const answer = await this.#send(call, { method, url: this.#listUrl(call), body });
    const parsed = parseAnswer(changeAnswer, answer);
    if (!parsed || !hasResults(parsed)) throw this.#refused(answer);
    const outcomes = toOutcomes(parsed, action, identities);
    const codes = outcomes.map(({ failure }) => failure?.code);
    this.#reportUnknown(codes, answer, parsed.error?.fbtrace_id);
    return outcomes;
  }

  async listUsers(
    call: GraphCall,
    page: { limit: number; after?: string | undefined; before?: string | undefined },
  ): Promise<GraphPage> {
    const url = this.#listUrl(call);
    url.searchParams.set('limit', String(page.limit));
    if (page.after !== undefined) url.searchParams.set('after', page.after);
    if (page.before !== undefined) url.searchParams.set('before', page.before);
    const answer = await this.#send(call, { method: 'GET', url });
    const parsed = parseAnswer(listAnswer, answer);
    // A server that failed with a list may have put anything into its answer.
    if (!parsed || parsed.error || answer.status >= 400) throw this.#refused(answer);
    const { cursors, next, previous } = parsed.paging ?? {};
    return {
      users: listedUsers(parsed.data),
      after: cursors?.after ?? undefined,
      before: cursors?.before ?? undefined,
      hasNext: typeof next === 'string' ? true : undefined,
      hasPrevious: typeof previous === 'string' ? true : undefined,
    };
  }

  async inspectToken(call: TokenCall): Promise<TokenInfo> {
    const { provider, token } = call.credentials;
    // A provider without this call must not get a token in the URL, where tokens are not secret.
    if (!PROVIDERS[provider].inspectsTokens) throw noSuchCall(provider);
    const url = this.#url(call, 'debug_token');
    url.searchParams.set('input_token', token);
    const answer = await this.#send(call, { method: 'GET', url });
    const parsed = parseAnswer(tokenAnswer, answer);
    if (!parsed?.data || parsed.error) throw this.#refused(answer);
    const { is_valid: valid, expires_at: expiresAt, data_access_expires_at: dataAccessExpiresAt, error } = parsed.data;
    return { valid, expiresAt, dataAccessExpiresAt, refusal: error ? tokenRefusal(error) : undefined };
  }

  /** The meaning of an answer without results. */
  #refused(answer: HttpAnswer): GraphError {
    const error = errorIn(answer.body);
    if (!error) return noAnswer(answer);
    this.#reportUnknown([error.code], answer, error.fbtrace_id);
    return refusal(error, answer);
  }

  /** Logs codes that are not in the table, once for each answer. Graph's texts are not logged: they may quote a user. */
  #reportUnknown(
    codes: readonly (number | undefined)[],
    { status }: HttpAnswer,
    traceId: string | null | undefined,
  ): void {
    for (const code of new Set(codes)) {
      if (code === undefined || isKnownCode(code)) continue;
      this.#options.log.error('unknown code from Graph', {
        code,
        status,
        fbtrace_id: traceIdOf(traceId),
      });
    }
  }

  #listUrl(call: GraphCall): URL {
    return this.#url(call, `${call.phoneNumberId}/block_users`);
  }

  #url(call: TokenCall, path: string): URL {
    const { provider, appSecret, token } = call.credentials;
    const url = new URL(`${this.#options.baseUrls[provider]}/${call.version ?? this.#options.version}/${path}`);
    if (appSecret) url.searchParams.set('appsecret_proof', createHmac('sha256', appSecret).update(token).digest('hex'));
    return url;
  }

  /** One line of the log for each call, also for one without an answer: by it, a request and Graph's trace id are found. */
  async #send(call: Sent, request: Pick<HttpRequest, 'method' | 'url' | 'body'>): Promise<HttpAnswer> {
    const { token } = call.credentials;
    const startedMs = performance.now();
    const logCall = (answer?: HttpAnswer) =>
      this.#options.log.info('graph call', {
        phone_number_id: call.phoneNumberId,
        operation_id: call.operationId,
        method: request.method,
        ms: Math.round(performance.now() - startedMs),
        status: answer?.status,
        fbtrace_id: answer && traceIdIn(answer),
      });
    try {
      const answer = await sendHttp({
        ...request,
        timeoutMs: call.timeoutMs,
        headers: {
          authorization: `Bearer ${token}`,
          accept: 'application/json',
          ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
        },
      });
      logCall(answer);
      // An answer may echo what was sent, in any field, and in a URL.
      const spellings = [token, encodeURIComponent(token), new URLSearchParams([['', token]]).toString().slice(1)];
      return { ...answer, body: spellings.reduce((body, one) => body.replaceAll(one, '[token]'), answer.body) };
    } catch (error) {
      logCall();
      throw lost(error);
    }
  }
}

/** A call about a token has no number, and one that only reads has no operation. */
type Sent = TokenCall & Partial<Pick<GraphCall, 'phoneNumberId' | 'operationId'>>;

/** Graph names it in a header of every answer, and in the body of an error. */
function traceIdIn({ headers, body }: HttpAnswer): string | undefined {
  return traceIdOf(headers['x-fb-trace-id']?.toString() ?? /"fbtrace_id"\s*:\s*"([\w-]+)"/.exec(body)?.[1]);
}

/** The answer in Graph's shape, or `undefined` if it has another. The HTTP status does not matter. */
function parseAnswer<T extends z.ZodMiniType>(schema: T, answer: HttpAnswer): z.output<T> | undefined {
  let json: unknown;
  try {
    json = JSON.parse(answer.body);
  } catch {
    return undefined;
  }
  const parsed = schema.safeParse(json);
  return parsed.success ? parsed.data : undefined;
}

function tokenRefusal({ message, code, subcode }: AnsweredTokenError): TokenRefusal {
  return { message: withoutToken(message ?? 'Graph named no reason'), code, subcode };
}
