import { planChange } from '../core/jobs/plan-change.ts';
import { submitChange } from '../core/jobs/submit-change.ts';
import { readChange } from '../http/block-request.ts';
import { changeResponse } from '../http/change-response.ts';
import { dryRunResponse } from '../http/dry-run-response.ts';
import { handle } from '../http/handle.ts';
import { changeUsersDeps } from '../runtime/composition/changing.ts';
import { httpOptions } from '../runtime/composition/http.ts';

/** `POST …/block_users` */
export const handler = handle(httpOptions, async (request) => {
  const deps = changeUsersDeps();
  const change = readChange(request, 'block', deps.clock.now());
  return change.dryRun
    ? dryRunResponse(await planChange(deps, change))
    : changeResponse(request, 'block', await submitChange(deps, change));
});
