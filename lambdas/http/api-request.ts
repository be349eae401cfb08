import * as z from 'zod/mini';
import { LIMITS } from '../contract/limits.ts';
import type { CallerKind } from '../contract/routes.ts';
import { InvalidRequestError } from '../core/errors.ts';
import { JOB_ID, PHONE_NUMBER_ID } from '../core/ids.ts';
import { isoTime } from '../core/iso-time.ts';
import { isLine, whyNoLine } from '../core/line.ts';
import { readIdentity } from '../core/users/identity.ts';
import { PROBLEMS } from '../core/users/problems.ts';
import { type CallerKey, callerContext, readCaller } from './caller.ts';
import { isIgnored, refuseUnknown } from './known-names.ts';
import { refuseMethodOverride } from './method-override.ts';
import { quoted } from './text.ts';

const texts = z.nullish(z.record(z.string(), z.optional(z.string())));

/** The used fields of API Gateway's proxy event (REST API, payload 1.0). */
const proxyEvent = z.looseObject({
  httpMethod: z.string(),
  headers: texts,
  multiValueHeaders: z.nullish(z.record(z.string(), z.optional(z.array(z.string())))),
  queryStringParameters: texts,
  multiValueQueryStringParameters: z.nullish(z.record(z.string(), z.optional(z.array(z.string())))),
  pathParameters: texts,
  body: z.nullish(z.string()),
  isBase64Encoded: z._default(z.boolean(), false),
  requestContext: z.looseObject({
    requestId: z.string(),
    requestTimeEpoch: z.optional(z.number()),
    path: z.optional(z.string()),
    resourcePath: z.optional(z.string()),
    domainName: z.nullish(z.string()),
    ...callerContext,
  }),
});

type Context = z.infer<typeof proxyEvent>['requestContext'];

/** A caller's request, read once from the event. Header and parameter names are in lower case. */
export interface ApiRequest {
  readonly requestId: string;
  readonly method: string;
  /** The resource, for example `/{version}/{phoneNumberId}/block_users`: a path without its users, fit for a log. */
  readonly route: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly query: ReadonlyMap<string, string>;
  readonly path: ReadonlyMap<string, string>;
  readonly body: string | undefined;
  /** IAM principal of the caller, or the name of its key. */
  readonly actor: string;
  /** What the caller's key lets it do; absent if the caller signed. */
  readonly key?: CallerKey;
  /** ISO 8601: when API Gateway received it, however long it waited for a function. */
  readonly receivedAt: string;
  /** The numbers that the caller may use; absent if it may use all. */
  readonly numbers?: ReadonlySet<string>;
  /** The address of the API for the caller, without a slash at the end. Links in answers begin with it. */
  readonly baseUrl: string;
  /** The URL that the caller used, without query. */
  readonly url: string;
}

/** The address at which callers reach each of the APIs, if it is not the host and path of the request. */
export type PublicUrls = { readonly [Kind in CallerKind]?: string | undefined };

export function readRequest(event: unknown, publicUrls: PublicUrls): ApiRequest {
  const parsed = proxyEvent.parse(event);
  const { requestContext: context } = parsed;
  const caller = readCaller(context);
  const headers = readHeaders(parsed);
  const query = givenQuery(parsed);
  refuseMethodOverride([...headers.keys(), ...query.keys()]);
  const body = parsed.body ?? undefined;
  return {
    requestId: context.requestId,
    method: parsed.httpMethod,
    route: context.resourcePath ?? '',
    headers,
    query,
    path: new Map(entries(parsed.pathParameters).map(([name, value]) => [name, decode(name, value)])),
    body: body !== undefined && parsed.isBase64Encoded ? Buffer.from(body, 'base64').toString('utf8') : body,
    receivedAt: isoTime(context.requestTimeEpoch ?? Date.now()),
    ...caller,
    ...urlsOf(context, caller.key ? publicUrls.apiKey : publicUrls.iam),
  };
}

/** A header in several lines is one header, joined with commas (RFC 9110). `headers` has only its last line. */
function readHeaders(event: z.infer<typeof proxyEvent>): Map<string, string> {
  const headers = new Map(entries(event.headers).map(([name, value]) => [name.toLowerCase(), value]));
  for (const [name, lines] of Object.entries(event.multiValueHeaders ?? {})) {
    if (lines && lines.length > 1) headers.set(name.toLowerCase(), lines.join(', '));
  }
  return headers;
}

/**
 * If a parameter is given twice, one reader would use one value and another reader the other. An empty parameter has mostly
 * lost its value on the way. If it counted as absent, `expires_in=` would block for good, and `batch_id=` would list
 * everyone's jobs.
 */
function givenQuery(event: z.infer<typeof proxyEvent>): Map<string, string> {
  const isMeant = (name: string) => !isIgnored(event.requestContext.resourcePath ?? '', name);
  for (const [name, values] of Object.entries(event.multiValueQueryStringParameters ?? {})) {
    if (isMeant(name) && (values?.length ?? 0) > 1)
      throw new InvalidRequestError(`${quoted(name, 40)}: is given more than once`);
  }
  const given = entries(event.queryStringParameters).filter(([name]) => isMeant(name));
  for (const [name, value] of given) {
    if (value === '') throw new InvalidRequestError(`${quoted(name, 40)}: must not be empty; leave it out`);
    if (!value.isWellFormed()) throw new InvalidRequestError(`${quoted(name, 40)}: is not well-formed Unicode`);
  }
  return new Map(given);
}

/** API Gateway leaves path parameters percent-encoded. */
function decode(name: string, value: string): string {
  try {
    // Half of a surrogate pair cannot be encoded, so it cannot have come from there.
    return decodeURIComponent(value.toWellFormed());
  } catch {
    throw new InvalidRequestError(`${name}: is not valid percent-encoding`);
  }
}

/**
 * The path of the context ends with the resource, and has the stage or a custom domain's base path before it. The domain is
 * the one at which API Gateway answered, not one from a header. The local cloud names none, and sets `publicUrl`.
 */
function urlsOf(context: Context, publicUrl: string | undefined): { baseUrl: string; url: string } {
  const path = (context.path ?? '').split('/').slice(1);
  const depth = (context.resourcePath ?? '').split('/').length - 1;
  const own = path.splice(Math.max(0, path.length - depth));
  const baseUrl = publicUrl ?? ['https:/', context.domainName ?? 'localhost', ...path].join('/');
  return { baseUrl, url: [baseUrl, ...own].join('/') };
}

function entries(record: Record<string, string | undefined> | null | undefined): [string, string][] {
  return Object.entries(record ?? {}).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
}

const VERSION = /^v\d{1,3}\.\d{1,3}$/;

export function isPhoneNumberId(text: string): boolean {
  return PHONE_NUMBER_ID.test(text);
}

/** `phone_number_ids` of a body, each once. */
export function readPhoneNumberIds(ids: readonly unknown[]): string[] {
  return [...new Set(ids.map(readPhoneNumberId))];
}

function readPhoneNumberId(id: unknown, index: number): string {
  const at = `phone_number_ids[${index}]`;
  if (typeof id !== 'string') throw new InvalidRequestError(`${at}: must be a string of 1 to 32 digits (in quotes)`);
  if (!isPhoneNumberId(id)) throw new InvalidRequestError(`${at}: must be 1 to 32 digits`);
  return id;
}

/** The number in a path. Without a version segment, the first segment is the number. */
export function readTarget(request: ApiRequest): { phoneNumberId: string; version: string | undefined } {
  const first = request.path.get('version') ?? '';
  const second = request.path.get('phoneNumberId');
  const phoneNumberId = second ?? first;
  if (!PHONE_NUMBER_ID.test(phoneNumberId)) {
    throw new InvalidRequestError('phone_number_id: must be 1 to 32 digits (in the path)');
  }
  if (second !== undefined && !VERSION.test(first)) {
    throw new InvalidRequestError('version: must look like v25.0 (in the path, before the phone number id)');
  }
  return { phoneNumberId, version: second === undefined ? undefined : first };
}

/** `X-On-Behalf-Of`: the person or service that the caller acts for. */
export function readOnBehalfOf(request: ApiRequest): string | undefined {
  const value = request.headers.get('x-on-behalf-of')?.trim();
  if (value === undefined || value === '') return undefined;
  if (value.length > LIMITS.onBehalfOfCharacters) {
    throw new InvalidRequestError(`X-On-Behalf-Of: must have at most ${LIMITS.onBehalfOfCharacters} characters`);
  }
  if (!isLine(value)) throw new InvalidRequestError(`X-On-Behalf-Of: ${whyNoLine(value)}`);
  return value;
}

/** The query parameters of a route that accepts only `known`, all of them optional. */
export function readQuery<Name extends string>(
  { query }: ApiRequest,
  ...known: readonly Name[]
): Pick<ReadonlyMap<Name, string>, 'get'> {
  refuseUnknown(query.keys(), known);
  return query;
}

/** `limit`: how many items a page has. */
export function readLimit(request: ApiRequest): number {
  const text = request.query.get('limit');
  if (text === undefined) return LIMITS.defaultPageSize;
  const limit = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > LIMITS.pageSize) {
    throw new InvalidRequestError(`limit: must be a whole number from 1 to ${LIMITS.pageSize}`);
  }
  return limit;
}

/** `{user}` of a path: a phone number, a wa_id (which is one without its `+`), or a BSUID. Gives the id. */
export function readUser(request: ApiRequest): string {
  const read = readIdentity(request.path.get('user') ?? '');
  if (typeof read === 'object') return read.id;
  throw new InvalidRequestError(`user: ${PROBLEMS[read]} (in the path)`);
}

/** `{id}` of a job: `<phone number id>-<ULID>`. */
export function readJobId(request: ApiRequest): string {
  const id = request.path.get('id') ?? '';
  if (JOB_ID.test(id)) return id;
  throw new InvalidRequestError('id: no such job; a job id is <phone number id>-<26 letters and digits>', 404);
}
