import { paths } from '../../../cli/api/paths.ts';
import type { JobUser, JobUsers } from '../../../lambdas/openapi/job.ts';
import { callService, type Result } from '../service/call.ts';

/** Users of one page: as many as one request takes. */
const PAGE = 1_000;

/** Every user of a job who failed. */
export async function failedUsers(id: string, signal: AbortSignal): Promise<Result<readonly JobUser[]>> {
  const users: JobUser[] = [];
  let after: string | undefined;
  do {
    const query = { outcome: 'failed', limit: PAGE, after };
    const page = await callService<JobUsers>({ path: paths.jobUsers(id), query, signal });
    if (!page.ok) return page;
    users.push(...page.body.data);
    const { paging } = page.body;
    after = paging.next === undefined ? undefined : paging.cursors.after;
  } while (after !== undefined);
  return { ok: true, status: 200, body: users };
}
