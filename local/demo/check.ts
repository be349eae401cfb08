import { z } from 'zod';
import { mapConcurrent } from '../../lambdas/core/map-concurrent.ts';
import { parseIdentity } from '../../lambdas/core/users/identity.ts';
import type { JobUser } from '../../lambdas/openapi/job.ts';
import { history } from '../../lambdas/openapi/user.ts';
import { DEMO_NUMBER } from './make-list.ts';
import type { Service } from './service.ts';

/** Look-ups in progress at once; the local cloud has two cores to answer them with. */
const AT_ONCE = 16;

/** What the service says, compared with what was sent and with Graph's own list. */
export interface Findings {
  readonly succeeded: number;
  readonly failed: number;
  /** Distinct entries without exactly one outcome. */
  readonly unaccounted: number;
  /** Users on one of the two lists only. */
  readonly mirrorDiffers: number;
  /** Users whose history has one event of the job, with the job's outcome. */
  readonly audited: number;
  /** Entries that are users, so that they have a history: all but the malformed ones. */
  readonly auditable: number;
}

/** The service and the Graph simulator that it calls. */
interface Compared {
  readonly service: Service;
  readonly graphUrl: string;
}

/** Distinct entries of a list. All spellings of one user are one entry; an entry that is no user counts as it is. */
export function distinct(users: readonly string[]): Set<string> {
  return new Set(users.map((user) => parseIdentity(user)?.id ?? user));
}

export async function checkJob(
  { service, graphUrl }: Compared,
  sent: ReadonlySet<string>,
  job: { id: string; users: readonly JobUser[] },
): Promise<Findings> {
  const outcomes = new Map<string, number>();
  for (const { input } of job.users) {
    const key = parseIdentity(input)?.id ?? input;
    outcomes.set(key, (outcomes.get(key) ?? 0) + 1);
  }
  const unaccounted = [...sent].filter((user) => outcomes.get(user) !== 1).length;
  const unknown = [...outcomes.keys()].filter((user) => !sent.has(user)).length;
  return {
    succeeded: job.users.filter(({ outcome }) => outcome === 'succeeded').length,
    failed: job.users.filter(({ outcome }) => outcome === 'failed').length,
    unaccounted: unaccounted + unknown,
    mirrorDiffers: await mirrorDiffers({ service, graphUrl }),
    audited: await countAudited(service, job),
    auditable: job.users.filter(({ input }) => parseIdentity(input)).length,
  };
}

/** Users on the service's list or on the simulator's own, but not on both. */
async function mirrorDiffers({ service, graphUrl }: Compared): Promise<number> {
  const response = await fetch(`${graphUrl}/_simulator/numbers/${DEMO_NUMBER}`);
  const graph = new Set(z.object({ users: z.array(z.string()) }).parse(await response.json()).users);
  const mirror = await service.blocked();
  return graph.symmetricDifference(mirror).size;
}

async function countAudited(service: Service, job: { id: string; users: readonly JobUser[] }): Promise<number> {
  const users = job.users.filter(({ input }) => parseIdentity(input));
  let audited = 0;
  await mapConcurrent(users, AT_ONCE, async (user) => {
    const path = `/${encodeURIComponent(user.input)}/history?limit=10`;
    const { data } = await service.numberCall({ method: 'GET', path }, { status: 200, schema: history });
    const lines = data.filter((event) => event.job_id === job.id);
    if (lines.length === 1 && lines[0]?.outcome === user.outcome && lines[0].code === user.code) audited += 1;
  });
  return audited;
}
