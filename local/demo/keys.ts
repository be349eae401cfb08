import { WhatsAppClient } from '@kapso/whatsapp-cloud-api';
import { z } from 'zod';
import type { StackInfo } from '../cloud/stack-info.ts';
import { until } from '../until.ts';
import { DEMO_NUMBER } from './make-list.ts';
import type { Service } from './service.ts';

type Say = (line?: string) => void;

/** How long a revoked key may still be let through here, with much to spare. */
const DEADLINE_MS = 30_000;

const madeKey = z.object({ id: z.string(), name: z.string(), key: z.string() });
const listed = z.object({ data: z.array(z.unknown()) });
const revoked = z.object({ status: z.literal('revoked') });

/**
 * A key is made, a public client of the Cloud API works with it, unchanged but for its base URL and its token, and the key is
 * revoked. True if all of this went as expected.
 */
export async function useKey(
  service: Service,
  { keyApiUrl }: Pick<StackInfo, 'keyApiUrl'>,
  say: Say,
): Promise<boolean> {
  const body = { name: 'demo-sdk', scopes: ['read'], phone_number_ids: [DEMO_NUMBER], expires_in: 3600 };
  const { id, key } = await service.call({ method: 'POST', path: '/keys', body }, { status: 201, schema: madeKey });
  say('\nMaking a key that may read the lists of one number, for a client that cannot sign for AWS');
  say(`  key        ${key.slice(0, key.lastIndexOf('_') + 1)}…`);
  const client = new WhatsAppClient({ accessToken: key, baseUrl: keyApiUrl, graphVersion: 'v25.0' });
  const list = async () =>
    listed.parse(await client.request('GET', `${DEMO_NUMBER}/block_users`, { responseType: 'json' })).data.length;
  say(`  used       @kapso/whatsapp-cloud-api lists ${await list()} users`);
  const block = () => client.request('POST', `${DEMO_NUMBER}/block_users`, { body: {}, responseType: 'json' });
  const toBlock = await clientRefusal(block);
  say(`  its scope  ${toBlock ?? 'LETS IT BLOCK'}`);
  await service.call({ method: 'DELETE', path: `/keys/${id}` }, { status: 200, schema: revoked });
  const since = Date.now();
  const afterwards = await until('the refusal of a revoked key', () => clientRefusal(list), DEADLINE_MS);
  say(`  revoked    and ${((Date.now() - since) / 1000).toFixed(1)} s later: ${afterwards}`);
  return /may not call this route/.test(toBlock ?? '') && /expired or revoked/.test(afterwards);
}

/** What a client is told if it is refused. */
function clientRefusal(call: () => Promise<unknown>): Promise<string | undefined> {
  return call().then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : String(error)).split(';', 1)[0],
  );
}
