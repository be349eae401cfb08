import { readQuery } from '../http/api-request.ts';
import { handle } from '../http/handle.ts';
import { json } from '../http/respond.ts';
import type { Health } from '../openapi/service.ts';
import { httpOptions } from '../runtime/composition/http.ts';

/**
 * `GET /health`: whether the API and its functions answer. It calls neither Graph nor the table, so that their faults cause
 * no restart.
 */
export const handler = handle(httpOptions, async (request) => {
  readQuery(request);
  return json<Health>(200, { status: 'ok' });
});
