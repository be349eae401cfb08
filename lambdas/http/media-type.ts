import { InvalidRequestError } from '../core/errors.ts';

/** A header with parameters, such as `multipart/form-data; boundary=x`. */
export interface ParameterizedHeader {
  /** The value before the parameters, in lower case. */
  readonly value: string;
  /** By name in lower case. */
  readonly parameters: ReadonlyMap<string, string>;
}

const PARAMETER = /;\s*([\w*-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))/g;

export function readParameterizedHeader(header: string): ParameterizedHeader {
  const [value = ''] = header.split(';', 1);
  const parameters = [...header.matchAll(PARAMETER)].map(
    ([, name = '', quoted, token = '']) => [name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? token] as const,
  );
  return { value: value.trim().toLowerCase(), parameters: new Map(parameters) };
}

export type MediaType =
  | { readonly kind: 'json' }
  | { readonly kind: 'form' }
  | { readonly kind: 'multipart'; readonly boundary: string };

const JSON_TYPE = /^(?:(?:application|text)\/(?:[\w.-]+\+)?json)?$/;
/** RFC 2046 */
const BOUNDARY = /^[\w'()+,\-./:=? ]{0,69}[\w'()+,\-./:=?]$/;

/** Whether the media type is JSON, or absent. */
export function isJson(contentType: string | undefined): boolean {
  return JSON_TYPE.test(readParameterizedHeader(contentType ?? '').value);
}

/** How to read the body; without a `Content-Type`, as JSON. */
export function readMediaType(headers: ReadonlyMap<string, string>): MediaType {
  const encoding = headers.get('content-encoding')?.trim().toLowerCase() || 'identity';
  if (encoding !== 'identity') {
    throw new InvalidRequestError('Content-Encoding: is not supported; send the body uncompressed', 415);
  }
  const { value, parameters } = readParameterizedHeader(headers.get('content-type') ?? '');
  const type = mediaTypeOf(value, parameters);
  refuseCharset('Content-Type', parameters, 415);
  return type;
}

function mediaTypeOf(value: string, parameters: ParameterizedHeader['parameters']): MediaType {
  if (JSON_TYPE.test(value)) return { kind: 'json' };
  if (value === 'application/x-www-form-urlencoded') return { kind: 'form' };
  if (value !== 'multipart/form-data') {
    throw new InvalidRequestError(
      'Content-Type: must be application/json, application/x-www-form-urlencoded or multipart/form-data',
      415,
    );
  }
  const boundary = parameters.get('boundary') ?? '';
  if (!BOUNDARY.test(boundary)) {
    throw new InvalidRequestError('Content-Type: multipart/form-data needs a boundary of 1 to 70 characters');
  }
  return { kind: 'multipart', boundary };
}

/** API Gateway has already read the body as UTF-8, so any other charset is garbled. */
export function refuseCharset(field: string, parameters: ParameterizedHeader['parameters'], status: 400 | 415): void {
  const charset = parameters.get('charset')?.toLowerCase() ?? 'utf-8';
  if (/^(?:utf-?8|us-ascii)$/.test(charset)) return;
  throw new InvalidRequestError(`${field}: the charset must be utf-8`, status);
}
