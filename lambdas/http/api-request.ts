import * as z from 'zod/mini';
import { LIMITS } from '../contract/limits.ts';
import { InvalidRequestError } from '../core/errors.ts';
import { JOB_ID, PHONE_NUMBER_ID } from '../core/ids.ts';
import { isoTime } from '../core/iso-time.ts';
import { readIdentity } from '../core/users/identity.ts';
import { PROBLEMS } from '../core/users/problems.ts';
import { isIgnored, refuseUnknown } from './known-names.ts';
import { refuseMethodOverride } from './method-override.ts';
import { isLine, quoted, whyNoLine } from './text.ts';

const texts = z.nullish(z.record(z.string(), z.optional(z.string())));

/** What is used of API Gateway's proxy event (REST API, payload 1.0). */
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
    identity: z.nullish(z.looseObject({ userArn: z.nullish(z.string()) })),
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
  /** IAM principal of the caller. */
  readonly actor: string;
  /** ISO 8601: when API Gateway received it, however long it waited for a function. */
  readonly receivedAt: string;
  /** The numbers that the caller may use; absent where it may use every one. */
  readonly numbers?: ReadonlySet<string>;
  /** Where the API is for the caller, without a slash at the end: links in answers begin with it. */
  readonly baseUrl: string;
  /** The URL that the caller used, without query. */
  readonly url: string;
}

export function readRequest(event: unknown, publicUrl: string | undefined): ApiRequest {
  const parsed = proxyEvent.parse(event);
  const { requestContext: context } = parsed;
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
    actor: callerIdentity(context),
    ...urlsOf(context, publicUrl),
  };
}

/** A header that is given in several lines is one, with a comma between (RFC 9110); `headers` has its last line only. */
function readHeaders(event: z.infer<typeof proxyEvent>): Map<string, string> {
  const headers = new Map(entries(event.headers).map(([name, value]) => [name.toLowerCase(), value]));
  for (const [name, lines] of Object.entries(event.multiValueHeaders ?? {})) {
    if (lines && lines.length > 1) headers.set(name.toLowerCase(), lines.join(', '));
  }
  return headers;
}

/**
 * A parameter that is given twice would be read by one side and missed by the other. An empty one has mostly lost its value
 * on the way: read as left out, `expires_in=` would block for good, and `batch_id=` would list everyone's jobs.
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

/** API Gateway has verified the signature and says whose it is. Nothing of the request itself, no header, ever names an actor. */
function callerIdentity({ identity }: Context): string {
  const actor = identity?.userArn;
  if (!actor) throw new Error('The request has no identity: is the method open to unsigned callers?');
  return actor;
}

/**
 * The path of the context has the stage or a custom domain's base path before the resource, which ends it. The domain is the
 * one that API Gateway answered at, and not what a header says; the local cloud names none, and its `publicUrl` is set.
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

/** Which number a path speaks of. Without a version segment the first segment is the number. */
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

/** `X-On-Behalf-Of`: a person or service that the caller acts for. */
export function readOnBehalfOf(request: ApiRequest): string | undefined {
  const value = request.headers.get('x-on-behalf-of')?.trim();
  if (value === undefined || value === '') return undefined;
  if (value.length > LIMITS.onBehalfOfCharacters) {
    throw new InvalidRequestError(`X-On-Behalf-Of: at most ${LIMITS.onBehalfOfCharacters} characters`);
  }
  if (!isLine(value)) throw new InvalidRequestError(`X-On-Behalf-Of: ${whyNoLine(value)}`);
  return value;
}

/** The parameters of the query of a route that takes no others than `known`, each of which may be left out. */
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
