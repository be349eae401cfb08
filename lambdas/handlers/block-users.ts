import { planChange } from '../core/jobs/plan-change.ts';
import { submitChange } from '../core/jobs/submit-change.ts';
import { readChange } from '../http/block-request.ts';
import { changeResponse } from '../http/change-response.ts';
import { dryRunResponse } from '../http/dry-run-response.ts';
import { handle } from '../http/handle.ts';
import { changeRules } from '../runtime/composition/change-rules.ts';
import { changeUsersDeps } from '../runtime/composition/changing.ts';
import { httpOptions } from '../runtime/composition/http.ts';

/** `POST …/block_users` */
export const handler = handle(httpOptions, async (request) => {
  const change = readChange(request, 'block', changeRules());
  return change.dryRun
    ? dryRunResponse(await planChange(changeUsersDeps(), change))
    : changeResponse(request, 'block', await submitChange(changeUsersDeps(), change));
});
