import type { NumbersPage } from '../core/users/list-numbers-in-use.ts';
import type { Numbers } from '../openapi/blocklist.ts';
import { type ApiRequest, readLimit, readQuery } from './api-request.ts';
import { presentSummary } from './blocklist-response.ts';
import { numbersCursor, readCursor, writeCursor } from './cursor.ts';
import type { ReasonRules } from './reasons.ts';
import { type ApiResponse, json, pageUrl } from './respond.ts';

/** `limit` and `after` of `GET /numbers`. */
export function readNumbersPage(request: ApiRequest) {
  const query = readQuery(request, 'limit', 'after');
  const [after] = readCursor(numbersCursor, 'after', query.get('after')) ?? [];
  return { limit: readLimit(request), after };
}

interface NumbersInUse extends NumbersPage {
  /** Users that a list can hold. */
  readonly limit: number;
  readonly rules: ReasonRules;
}

/** The numbers, and what holds for changes on all of them. */
export function numbersResponse(request: ApiRequest, { numbers, more, limit, rules }: NumbersInUse): ApiResponse {
  const cursor = (one: NumbersPage['numbers'][number] | undefined) => one && writeCursor([one.phoneNumberId]);
  const after = cursor(numbers.at(-1));
  return json<Numbers>(200, {
    data: numbers.map(({ phoneNumberId, summary }) => ({
      phone_number_id: phoneNumberId,
      ...presentSummary(summary, limit),
    })),
    paging: {
      cursors: { before: cursor(numbers[0]), after },
      next: more && after !== undefined ? pageUrl(request, { after }) : undefined,
    },
    reason_codes: [...rules.reasonCodes],
    require_reason: rules.requireReason,
  });
}
