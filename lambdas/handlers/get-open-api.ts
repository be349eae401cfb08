import document from '../../docs/openapi.json' with { type: 'json' };
import { readQuery } from '../http/api-request.ts';
import { serveDocument } from '../http/document-response.ts';
import { handle } from '../http/handle.ts';
import { httpOptions } from '../runtime/composition/http.ts';

const serve = serveDocument(document);

/** `GET /openapi.json`: the document as it was generated for this version of the code. */
export const handler = handle(httpOptions, async (request) => {
  readQuery(request);
  return serve(request);
});
