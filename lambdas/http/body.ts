import type * as z from 'zod/mini';
import { toDotPath } from 'zod/v4/core';
import { LIMITS } from '../contract/limits.ts';
import { InvalidRequestError } from '../core/errors.ts';
import type { ApiRequest } from './api-request.ts';
import { isRepeated, readForm } from './form.ts';
import { isIgnored, refuseUnknown } from './known-names.ts';
import { isJson, readMediaType } from './media-type.ts';
import { refuseMethodOverride } from './method-override.ts';
import { readMultipart } from './multipart.ts';
import { repeatedName } from './repeated-name.ts';
import { quoted } from './text.ts';

type Fields = Record<string, unknown>;

/**
 * How the text of a parameter in a form or a query is read. A text that cannot be read stays a text, and its field then
 * refuses it by name.
 */
type TextReader = (text: string, name: string) => unknown;
const asNumber: TextReader = (text) => (/^\d{1,15}$/.test(text) ? Number(text) : text);
/** PHP writes 1 and 0, Python True and False. */
const asBoolean: TextReader = (text) =>
  /^(?:true|1)$/i.test(text) ? true : /^(?:false|0)$/i.test(text) ? false : text;
const asJson: TextReader = (text, name) => {
  // Without its plus, a number would be read as a wa_id, and might be somebody else's.
  if (/" \d/.test(text)) {
    throw new InvalidRequestError(`${name}: an entry begins with a space; in a form or a query, write + as %2B`);
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidRequestError(`${name}: must be JSON text in a form or in the query`);
  }
};

/** Parameters that are not strings in JSON. */
const TEXT_READERS: ReadonlyMap<string, TextReader> = new Map([
  ['block_users', asJson],
  ['expires_in', asNumber],
  ['defer', asBoolean],
  ['dry_run', asBoolean],
  ['phone_number_ids', asJson],
  ['all_numbers', asBoolean],
  ['unblock', asBoolean],
  ['users', asJson],
  ['scopes', asJson],
  ['overlap_seconds', asNumber],
]);

/**
 * The parameters of a request with a body, as Graph accepts them: JSON, a form in either encoding, and the query, whose
 * parameters count like fields of the body. If JSON has a type for a field, a text in a form or query is converted to it.
 * `schema` has all fields that the route knows; a refusal names those of `listed`.
 */
export function readParameters<Schema extends z.ZodMiniObject>(
  request: ApiRequest,
  schema: Schema,
  listed: readonly string[] = Object.keys(schema.shape),
): z.output<Schema> {
  const parsed = schema.safeParse(fieldsOf(request, Object.keys(schema.shape), listed));
  if (parsed.success) return parsed.data;
  throw new InvalidRequestError(describeIssues(parsed.error.issues));
}

function fieldsOf(request: ApiRequest, known: readonly string[], listed: readonly string[]): Fields {
  const body = readBody(request);
  const query = Object.entries(readTexts(request.query));
  if (body === undefined && query.length === 0) throw isEmpty();
  const fields: Fields = body ?? {};
  refuseUnknown([...Object.keys(fields), ...request.query.keys()], known, listed);
  if (query.length === 0) return fields;
  for (const [name, value] of query) {
    const other = fields[name] ?? value;
    if (other === value) continue;
    throw new InvalidRequestError(`${name}: is in both the query and the body; send it in one of them`);
  }
  return { ...fields, ...Object.fromEntries(query) };
}

/** For a request that needs no body. If it has one, such as `{}`, it must not ask for anything. */
export function readNoParameters(request: ApiRequest): void {
  refuseUnknown([...Object.keys(readBody(request) ?? {}), ...request.query.keys()], []);
}

/**
 * Reads JSON, whatever the media type says. A forwarder of webhooks sends a text, which HTTP clients label as a form or plain
 * text by default, and the signature covers the text alone. The media type only helps to explain what is wrong if the body is
 * not JSON.
 */
export function readForwardedJson(request: ApiRequest): Fields {
  const text = bodyText(request);
  if (text === undefined) throw isEmpty();
  try {
    return parseJson(text);
  } catch (error) {
    if (isJson(request.headers.get('content-type'))) throw error;
    throw new InvalidRequestError('Content-Type: must be application/json, and the body must be JSON', 415);
  }
}

/** Without parameters that are accepted and ignored. */
function readBody(request: ApiRequest): Fields | undefined {
  const fields = readWholeBody(request);
  return fields && Object.fromEntries(Object.entries(fields).filter(([name]) => !isIgnored(request.route, name)));
}

function readWholeBody(request: ApiRequest): Fields | undefined {
  const text = bodyText(request);
  if (text === undefined) return undefined;
  const type = readMediaType(request.headers);
  if (type.kind === 'json') {
    const json = parseJson(text);
    refuseMethodOverride(Object.keys(json));
    const repeated = repeatedName(text);
    if (repeated !== undefined) throw isRepeated(repeated);
    return json;
  }
  const texts = type.kind === 'form' ? readForm(text) : readMultipart(text, type.boundary);
  refuseMethodOverride(texts.keys());
  return readTexts(texts);
}

/** The body without a byte order mark; `undefined` if there is none. */
function bodyText({ body = '' }: ApiRequest): string | undefined {
  if (Buffer.byteLength(body) > LIMITS.bodyBytes) {
    throw new InvalidRequestError(
      `body: must have at most ${LIMITS.bodyBytes} bytes (6 MB); send the list in parts`,
      413,
    );
  }
  return (body.startsWith('\ufeff') ? body.slice(1) : body) || undefined;
}

function parseJson(text: string): Fields {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new InvalidRequestError('body: is not valid JSON');
  }
  if (!isObject(json)) throw new InvalidRequestError('body: must be a JSON object');
  return json;
}

function readTexts(texts: ReadonlyMap<string, string>): Fields {
  return Object.fromEntries([...texts].map(([name, text]) => [name, readText(name, text)]));
}

function readText(name: string, text: string): unknown {
  const [base = ''] = name.split('[', 1);
  const read = TEXT_READERS.get(base);
  if (!read) return text;
  if (base === name) return read(text, name);
  throw new InvalidRequestError(
    `${quoted(name, 40)}: a list is one JSON text, as in block_users=[{"user":"16505551234"}]`,
  );
}

function isEmpty(): InvalidRequestError {
  return new InvalidRequestError('body: is empty; send JSON');
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The name of a field as messages have it, `entry[0].changes[1].value`. */
export function fieldName(path: readonly PropertyKey[]): string {
  return toDotPath(path) || 'body';
}

/** The first problem of each field, by name. */
export function describeIssues(issues: readonly { path: PropertyKey[]; message: string }[]): string {
  const first = new Map(issues.map((issue) => [fieldName(issue.path), issue.message] as const).reverse());
  return [...first]
    .reverse()
    .map(([field, message]) => `${field}: ${message}`)
    .join('; ');
}
