import { GraphClient } from '../../lambdas/adapters/graph/graph-client.ts';
import { forEachProvider, PROVIDERS } from '../../lambdas/contract/providers.ts';
import { SIMULATOR_TOKEN, VERSION } from './events.ts';

/** Graph alone, called as the service calls it, and nothing else: what a request is compared with. */
const baseUrls = forEachProvider(() => String(process.env.META_BASE_URL));
const client = new GraphClient({ version: VERSION, baseUrls, log: { error() {}, info() {} } });
const credentials = {
  token: SIMULATOR_TOKEN,
  appSecret: undefined,
  provider: 'meta' as const,
  batchLimit: PROVIDERS.meta.batchLimit,
};

/** Blocks `users`, or pages the list if none are given. */
export async function handler({ phoneNumberId, users }: { phoneNumberId: string; users?: string[] }): Promise<number> {
  const call = { phoneNumberId, credentials, timeoutMs: 20_000 };
  if (users) {
    const identities = users.map((id) => ({ kind: 'phone' as const, id }));
    return (await client.changeUsers(call, 'block', identities)).length;
  }
  let listed = 0;
  for (let after: string | undefined; ; ) {
    const page = await client.listUsers(call, { limit: 1_000, after });
    listed += page.users.length;
    if (page.after === undefined || page.users.length === 0) return listed;
    after = page.after;
  }
}
