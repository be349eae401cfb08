import { InvalidRequestError } from '../core/errors.ts';
import { addField } from './form.ts';
import { readParameterizedHeader, refuseCharset } from './media-type.ts';
import { quoted } from './text.ts';

/**
 * The fields of a form in `multipart/form-data` (RFC 7578): texts only, no files. API Gateway passes the body as text, so it
 * is read as text. A parser of streams and files would take a sixth of the space of a bundle.
 */
export function readMultipart(text: string, boundary: string): Map<string, string> {
  const [, ...parts] = `\r\n${text}`.split(`\r\n--${boundary}`);
  const end = parts.findIndex((part) => part.startsWith('--'));
  if (end < 0) {
    throw malformedPart(
      `it does not end with --${boundary}--, or its lines do not end with CR and LF; check that it is complete, and that the boundary is right`,
    );
  }
  const fields = new Map<string, string>();
  for (const part of parts.slice(0, end)) {
    const { name, value } = readPart(part);
    addField(fields, name, value);
  }
  return fields;
}

/** The text after a boundary: the end of its line, headers, an empty line, and the value. */
function readPart(part: string): { name: string; value: string } {
  const padding = /^[ \t]*\r\n/.exec(part)?.[0];
  const end = part.indexOf('\r\n\r\n');
  if (padding === undefined || end < padding.length) throw malformedPart('a part has no headers');
  const headers = readPartHeaders(part.slice(padding.length, end));
  const { value: disposition, parameters } = readParameterizedHeader(headers.get('content-disposition') ?? '');
  const name = parameters.get('name');
  if (disposition !== 'form-data' || name === undefined)
    throw malformedPart('a part has no name in Content-Disposition');
  const field = quoted(name, 40);
  if (parameters.has('filename') || parameters.has('filename*')) {
    throw new InvalidRequestError(`${field}: is a file; send its text as a field (with curl, -F 'name=<file')`);
  }
  const encoding = headers.get('content-transfer-encoding')?.trim().toLowerCase() ?? 'binary';
  if (encoding === 'base64' || encoding === 'quoted-printable') {
    throw new InvalidRequestError(
      `${field}: Content-Transfer-Encoding ${encoding} is not supported; send the text unencoded`,
    );
  }
  refuseCharset(field, readParameterizedHeader(headers.get('content-type') ?? '').parameters, 400);
  return { name, value: part.slice(end + 4) };
}

function readPartHeaders(text: string): Map<string, string> {
  return new Map(
    text.split('\r\n').map((line) => {
      const colon = line.indexOf(':');
      if (colon < 1) throw malformedPart('a part has a header without a name');
      return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1)];
    }),
  );
}

function malformedPart(why: string): InvalidRequestError {
  return new InvalidRequestError(`body: is not valid multipart/form-data: ${why}`);
}
