import * as z from 'zod/mini';
import { LIMITS } from '../contract/limits.ts';
import type { EraseUserEnd, EraseUserRequest } from '../core/erasure/erase-user.ts';
import type { Receipt } from '../core/erasure/receipt.ts';
import { NotPermittedError } from '../core/errors.ts';
import type { Receipt as ReceiptAnswer } from '../openapi/erasure.ts';
import type { Refused } from '../openapi/error.ts';
import { type ApiRequest, readOnBehalfOf, readPhoneNumberIds, readUser } from './api-request.ts';
import { readParameters } from './body.ts';
import { requireNumbers } from './caller-numbers.ts';
import { type ApiResponse, json } from './respond.ts';

const body = z.object({
  phone_number_ids: z.nullish(
    z
      .array(z.unknown(), 'must be a list of phone number ids')
      .check(
        z.minLength(1, 'must have at least one phone number id; leave it out for every number in use'),
        z.maxLength(LIMITS.numbersPerRequest, `must have at most ${LIMITS.numbersPerRequest} phone number ids`),
      ),
  ),
  unblock: z.nullish(z.boolean('must be true or false')),
});

/** `POST /users/{user}/erase`: everything in the body may be left out. */
export function readEraseUser(request: ApiRequest): EraseUserRequest {
  const isEmpty = !request.body && request.query.size === 0;
  const { phone_number_ids, unblock } = isEmpty ? {} : readParameters(request, body);
  const phoneNumberIds = phone_number_ids ? readPhoneNumberIds(phone_number_ids) : undefined;
  if (request.numbers && !phoneNumberIds) {
    throw new NotPermittedError('This caller may use only some numbers; send them as phone_number_ids');
  }
  requireNumbers(request, phoneNumberIds ?? []);
  return {
    id: readUser(request),
    phoneNumberIds,
    unblock: unblock ?? false,
    actor: request.actor,
    onBehalfOf: readOnBehalfOf(request),
  };
}

/** The receipt; or 503, if not everything is erased yet. */
export function eraseUserResponse(request: ApiRequest, end: EraseUserEnd): ApiResponse {
  if (end.kind === 'erased') return json<ReceiptAnswer>(200, presentReceipt(end.receipt));
  const { message, retryAfterSeconds } = end;
  const error = { message, type: 'OAuthException', code: 2, error_data: { details: message } };
  const headers = { 'retry-after': String(retryAfterSeconds) };
  return json<Refused>(503, { error: { ...error, fbtrace_id: request.requestId } }, headers);
}

function presentReceipt({ erased, standing, remains }: Receipt): ReceiptAnswer {
  return {
    erased,
    standing: standing.map(({ phoneNumberId, state, code }) => ({ phone_number_id: phoneNumberId, state, code })),
    remains: remains.map(({ where, until, jobIds, phoneNumberIds, why }) => ({
      where,
      until,
      job_ids: jobIds && [...jobIds],
      phone_number_ids: phoneNumberIds && [...phoneNumberIds],
      why,
    })),
  };
}
