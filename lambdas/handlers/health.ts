import { readQuery } from '../http/api-request.ts';
import { handle } from '../http/handle.ts';
import { json } from '../http/respond.ts';
import type { Health } from '../openapi/service.ts';
import { httpOptions } from '../runtime/composition/http.ts';

/** `GET /health`: the API and its functions answer. Graph and the table are not asked, so that a fault of theirs is no restart. */
export const handler = handle(httpOptions, async (request) => {
  readQuery(request);
  return json<Health>(200, { status: 'ok' });
});
