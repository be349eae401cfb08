import type { Plan } from '../core/jobs/plan-change.ts';
import type { PlannedUsers } from '../core/jobs/plan-users.ts';
import type { DryRun } from '../openapi/dry-run.ts';
import { type ApiResponse, json } from './respond.ts';
import { shownInput } from './text.ts';

/** What a request would do: the counts, and each entry that is not simply new. */
export function dryRunResponse({ users, results, isTruncated, numbers }: Plan): ApiResponse {
  return json<DryRun>(200, {
    messaging_product: 'whatsapp',
    dry_run: {
      users: presentCounts(users),
      numbers: numbers?.map((one) => ({ phone_number_id: one.phoneNumberId, users: presentCounts(one.users) })),
      results: results.map(({ phoneNumberId, input, would, state, code, message }) => ({
        phone_number_id: phoneNumberId,
        input: shownInput(input),
        would,
        state,
        code,
        message,
      })),
      truncated: isTruncated,
    },
  });
}

function presentCounts({ noRoom, ...users }: PlannedUsers): DryRun['dry_run']['users'] {
  return { ...users, no_room: noRoom };
}
