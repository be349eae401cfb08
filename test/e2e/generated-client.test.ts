/** A client that a public generator makes of the document: it compiles, and blocks a user. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AwsClient } from 'aws4fetch';
import { generateSource } from 'oazapfts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import document from '../../docs/openapi.json' with { type: 'json' };
import { LOCAL_CREDENTIALS, LOCAL_REGION } from '../../local/cloud/loopback.ts';
import { PROJECT_DIRECTORY } from '../../local/cloud/paths.ts';
import { phoneNumberId, phoneNumbers } from './support/numbers.ts';
import { place } from './support/place.ts';
import { Blocklist, call } from './support/service.ts';
import { calmAfterEach } from './support/simulator.ts';

calmAfterEach();

/** What a service of the team would write with the client: the compiler holds it to the types of the document. */
const USE = `
import { type BlockRequest, blockUsers, defaults, getBlockedUser, unblockUsers } from './client.ts';

export async function use(baseUrl: string, fetch: typeof globalThis.fetch, phoneNumberId: string, user: string) {
  Object.assign(defaults, { baseUrl, fetch });
  const request: BlockRequest = { messaging_product: 'whatsapp', block_users: [{ user }], reason: 'spam' };
  const blocked = await blockUsers('v25.0', phoneNumberId, request, { xOnBehalfOf: 'ana' });
  if (blocked.status !== 200 || 'dry_run' in blocked.data) throw new Error(\`Answered \${blocked.status}\`);
  const [added] = blocked.data.block_users.added_users;
  const known = await getBlockedUser('v25.0', phoneNumberId, user);
  if (known.status !== 200) throw new Error(\`Answered \${known.status}\`);
  const { state, reason, blocked: isBlocked } = known.data;
  const refused = await unblockUsers('v25.0', phoneNumberId, { messaging_product: 'whatsapp', block_users: [] });
  const code = refused.status === 400 ? refused.data.error.code : undefined;
  return { waId: added?.wa_id, state, reason, isBlocked, code };
}
`;
/** The same, wrong in a field: it must not compile, or the compiler judges nothing. */
const MISUSE = USE.replace("reason: 'spam'", "reasons: 'spam'");

let folder: string;
beforeAll(async () => {
  mkdirSync(join(PROJECT_DIRECTORY, '.local'), { recursive: true });
  // Below the project, where the client finds its library.
  folder = mkdtempSync(join(PROJECT_DIRECTORY, '.local', 'generated-client-'));
  writeFileSync(join(folder, 'client.ts'), await generateSource(join(PROJECT_DIRECTORY, 'docs/openapi.json')));
  // The library of the client is not written for this one of the options.
  const compilerOptions = { exactOptionalPropertyTypes: false };
  const settings = { extends: '../../tsconfig.json', include: ['*.ts'], compilerOptions };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What the compiler says of it; nothing if it compiles. */
function compile(source: string): string {
  writeFileSync(join(folder, 'use.ts'), source);
  const compiler = join(PROJECT_DIRECTORY, 'node_modules/.bin/tsc');
  return spawnSync(compiler, ['--project', folder], { encoding: 'utf8' }).stdout;
}

test('the document that it is made from is served, and not sent again to a client that has it', async () => {
  const { status, headers, body } = await call({ method: 'GET', path: '/openapi.json' });
  expect({ status, body }).toEqual({ status: 200, body: document });
  const known = { 'if-none-match': headers.get('etag') ?? '' };
  expect(await call({ method: 'GET', path: '/openapi.json', headers: known })).toMatchObject({ status: 304, body: '' });
});

test('it compiles, and blocks a user', async () => {
  expect(compile(MISUSE)).toMatch(/^[^\n]*use\.ts[^\n]*'reasons' does not exist in type 'BlockRequest'[^\n]*\n$/);
  expect(compile(USE)).toBe('');
  const { use }: { use: (...args: unknown[]) => Promise<unknown> } = await import(join(folder, 'use.ts'));
  const signer = new AwsClient({ ...LOCAL_CREDENTIALS, region: LOCAL_REGION, service: 'execute-api', retries: 0 });
  const id = phoneNumberId('generated client');
  const [user = ''] = phoneNumbers(1);
  expect(await use(place.stack.apiUrl, signer.fetch.bind(signer), id, `+${user}`)).toEqual({
    waId: user,
    state: 'blocked',
    reason: 'spam',
    isBlocked: true,
    code: 100,
  });
  expect(await new Blocklist(id).blocked()).toEqual([user]);
});
