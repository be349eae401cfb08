import { handle } from '../http/handle.ts';
import { operationsResponse, readOperationsPage } from '../http/operation-list.ts';
import { httpOptions } from '../runtime/composition/http.ts';
import { store } from '../runtime/composition/store.ts';

/** `GET …/operations` */
export const handler = handle(httpOptions, async (request) => {
  const { phoneNumberId, ...page } = readOperationsPage(request);
  return operationsResponse(request, await store().pageOperations(phoneNumberId, page));
});
