import { LIMITS } from '../contract/limits.ts';
import { InvalidRequestError } from '../core/errors.ts';
import type { ApiRequest } from './api-request.ts';
import { readForm } from './form.ts';
import { isJson, readMediaType } from './media-type.ts';
import { refuseMethodOverride } from './method-override.ts';
import { readMultipart } from './multipart.ts';
import { quoted } from './text.ts';

type Fields = Record<string, unknown>;

/** How the text of a parameter in a form or a query is read. What cannot be read so stays a text, which its field refuses by name. */
type TextReader = (text: string, name: string) => unknown;
const asText: TextReader = (text) => text;
const asNumber: TextReader = (text) => (/^\d{1,15}$/.test(text) ? Number(text) : text);
/** PHP writes 1 and 0, Python True and False. */
const asBoolean: TextReader = (text) =>
  /^(?:true|1)$/i.test(text) ? true : /^(?:false|0)$/i.test(text) ? false : text;
const asJson: TextReader = (text, name) => {
  // Without its plus, a number is read as a wa_id, and may be somebody else's.
  if (/" \d/.test(text)) {
    throw new InvalidRequestError(`${name}: an entry begins with a space; in a form or a query, write + as %2B`);
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidRequestError(`${name}: must be JSON text where it comes in a form or in the query`);
  }
};

/** Every parameter of a request that takes a body. */
const PARAMETERS: Readonly<Record<string, TextReader>> = {
  messaging_product: asText,
  block_users: asJson,
  reason: asText,
  expires_at: asText,
  expires_in: asNumber,
  defer: asBoolean,
  action: asText,
  phone_number_ids: asJson,
  users: asJson,
};

/**
 * The parameters of a request that takes a body, as Graph takes them: JSON, a form in either encoding, and those of the
 * query, which count like those of the body. A field that JSON has with a type has it from a text as well.
 */
export function readParameters(request: ApiRequest): Fields {
  const body = readBody(request);
  const query = Object.entries(readTexts(request.query));
  if (body === undefined && query.length === 0) throw isEmpty();
  const fields: Fields = body ?? {};
  if (query.length === 0) return fields;
  for (const [name, value] of query) {
    const other = fields[name] ?? value;
    if (other === value) continue;
    throw new InvalidRequestError(`${name}: is given in the query and in the body; send it in one of them`);
  }
  return { ...fields, ...Object.fromEntries(query) };
}

/** Of a request that takes no body. What comes all the same is not used, but must not ask for another method. */
export function readNoParameters(request: ApiRequest): void {
  readBody(request);
}

/**
 * JSON, whatever its media type says: whoever forwards a webhook sends a text, which HTTP clients call a form or plain text
 * unless told otherwise, and its signature is over the text alone. The media type only tells what is wrong with no JSON.
 */
export function readForwardedJson(request: ApiRequest): Fields {
  const text = readText(request);
  if (text === undefined) throw isEmpty();
  try {
    return parseJson(text);
  } catch (error) {
    if (isJson(request.headers.get('content-type'))) throw error;
    throw new InvalidRequestError('Content-Type: must be application/json, and the body JSON', 415);
  }
}

function readBody(request: ApiRequest): Fields | undefined {
  const text = readText(request);
  if (text === undefined) return undefined;
  const type = readMediaType(request.headers);
  if (type.kind === 'json') {
    const json = parseJson(text);
    refuseMethodOverride(Object.keys(json));
    return json;
  }
  const texts = type.kind === 'form' ? readForm(text) : readMultipart(text, type.boundary);
  refuseMethodOverride(texts.keys());
  return readTexts(texts);
}

/** The body without a byte order mark; `undefined` where there is none. */
function readText({ body = '' }: ApiRequest): string | undefined {
  if (Buffer.byteLength(body) > LIMITS.bodyBytes) {
    throw new InvalidRequestError(`body: at most ${LIMITS.bodyBytes} bytes (6 MB); send the list in parts`, 413);
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

/** What is none of our parameters is left alone, as it is in JSON. */
function readTexts(texts: ReadonlyMap<string, string>): Fields {
  const fields: Fields = {};
  for (const [name, text] of texts) {
    const [base = ''] = name.split('[', 1);
    const read = Object.hasOwn(PARAMETERS, base) ? PARAMETERS[base] : undefined;
    if (!read) continue;
    if (base !== name) {
      throw new InvalidRequestError(
        `${quoted(name, 40)}: a list is one JSON text, as in block_users=[{"user":"16505551234"}]`,
      );
    }
    fields[name] = read(text, name);
  }
  return fields;
}

function isEmpty(): InvalidRequestError {
  return new InvalidRequestError('body: is empty; send JSON');
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The first problem of each field, by name. */
export function describe(issues: readonly { path: PropertyKey[]; message: string }[]): string {
  const first = new Map(issues.map((issue) => [issue.path.join('.') || 'body', issue.message] as const).reverse());
  return [...first]
    .reverse()
    .map(([field, message]) => `${field}: ${message}`)
    .join('; ');
}
