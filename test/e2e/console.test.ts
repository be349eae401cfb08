/** What a person of trust and safety does with the console: the command, its page in a real browser, and the deployed stack. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { launchChromium } from '../../local/console/chromium.ts';
import { until } from '../../local/until.ts';
import { ConsoleTab } from '../support/console-browser.ts';
import { phoneNumberId, phoneNumbers } from './support/numbers.ts';
import { place } from './support/place.ts';
import { call, entry } from './support/service.ts';
import { calmAfterEach, simulator } from './support/simulator.ts';

calmAfterEach();

const NUMBER = phoneNumberId('console');
const OTHER = phoneNumberId('console too');
const [SPAMMER = '', FRIEND = '', NEW = ''] = phoneNumbers(3, 100_000);
const PROGRAM = join(import.meta.dirname, '..', '..', 'bin', 'blocklist.ts');
const MARKUP = '<script>window.pwned = 1</script>';

let folder: string;
let child: ChildProcess;
let url: string;
let browser: Browser;
let tab: ConsoleTab;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'blocklist-console-'));
  mkdirSync(join(folder, '.local'));
  writeFileSync(join(folder, '.local', 'stack.json'), JSON.stringify({ ...place.stack, pid: process.pid }));
  const block = (number: string, users: readonly string[], more: object) =>
    call({
      method: 'POST',
      path: `/v25.0/${number}/block_users`,
      body: { messaging_product: 'whatsapp', block_users: users.map(entry), ...more },
      headers: { 'x-on-behalf-of': 'ana@support' },
    });
  expect((await block(NUMBER, [SPAMMER], { reason: `40 messages ${MARKUP}`, reason_code: 'spam' })).status).toBe(200);
  expect((await block(OTHER, [FRIEND], { reason_code: 'test' })).status).toBe(200);
  child = spawn(process.execPath, [PROGRAM, 'console', '--local', '--no-open', '--output', 'json'], {
    cwd: folder,
    env: { PATH: process.env.PATH ?? '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  child.stdout?.setEncoding('utf8').on('data', (some: string) => (out += some));
  url = await until(
    'the console has an address',
    async () => z.object({ url: z.string() }).safeParse(parse(out)).data?.url,
  );
  browser = await launchChromium();
  tab = await ConsoleTab.open(browser, url);
  await tab.settled();
});
afterAll(async () => {
  await tab?.close();
  await browser?.close();
  child?.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

test('the first page shows the numbers, soon after the service has answered, and is small', async () => {
  await tab.page.getByRole('link', { name: NUMBER }).first().waitFor();
  await tab.expectAccessible('numbers');
  // From the last answer of the service until its rows are there.
  const lateMs = await tab.page.evaluate<number>(`(async () => {
    const started = performance.now();
    location.hash = '#/jobs';
    await new Promise((resolve) => addEventListener('hashchange', resolve, { once: true }));
    location.hash = '#/';
    for (;;) {
      await new Promise(requestAnimationFrame);
      if (document.querySelector('main table td a')) break;
    }
    const answers = performance.getEntriesByType('resource').filter(({ name, startTime }) =>
      name.includes('/api/numbers') && startTime >= started);
    return performance.now() - Math.max(...answers.map(({ responseEnd }) => responseEnd));
  })()`);
  expect(lateMs).toBeLessThan(300);
});

test('look up a user: who and why; unblock, undo, and it is as it was', async () => {
  await tab.page.locator('#search').fill(`+${SPAMMER}`);
  await tab.page.keyboard.press('Enter');
  await tab.page.getByText('Blocked on 1 of', { exact: false }).waitFor();
  await tab.settled();
  const shown = await tab.text();
  for (const part of ['spam', `40 messages ${MARKUP}`, 'ana@support', 'through the API']) expect(shown).toContain(part);
  expect(await tab.page.evaluate('window.pwned')).toBeUndefined();
  await tab.expectAccessible('user');
  await tab.page.getByRole('button', { name: 'Unblock…', exact: true }).first().click();
  await tab.page.getByRole('button', { name: 'Unblock', exact: true }).click();
  await tab.page.getByText(`Unblocked +${SPAMMER}`).waitFor();
  expect(await simulator.list(NUMBER)).not.toContain(SPAMMER);
  await tab.page.getByRole('button', { name: 'Undo' }).click();
  await tab.page.getByText('is blocked again').waitFor();
  expect(await simulator.list(NUMBER)).toContain(SPAMMER);
  const { body } = await call({ method: 'GET', path: `/v25.0/${NUMBER}/block_users/${SPAMMER}` });
  expect(body).toMatchObject({
    state: 'blocked',
    reason_code: 'spam',
    reason: `Undo of an unblock. Before: 40 messages ${MARKUP}`,
  });
  await tab.page.getByRole('button', { name: 'Dismiss' }).click();
});

test('block a user for a week, with a reason code and a note; the list shows them under it', async () => {
  await tab.goTo(`#/user/${NEW}`);
  await tab.page.getByRole('button', { name: 'Block…', exact: true }).first().click();
  // Every number is chosen; this block is for one.
  await tab.page.getByLabel(/^All \d+$/).uncheck();
  await tab.page.getByLabel(NUMBER, { exact: true }).check();
  await tab.page.getByLabel('Reason').selectOption('fraud');
  await tab.page.getByLabel('Note').fill('asks for codes');
  await tab.page.getByLabel('For how long').selectOption('7 days');
  await tab.page.getByLabel('Acting for').fill('bo@support');
  await tab.page.getByRole('button', { name: 'Block', exact: true }).click();
  await tab.page.getByText(`Blocked +${NEW}`).waitFor();
  const { body } = await call({ method: 'GET', path: `/v25.0/${NUMBER}/block_users/${NEW}` });
  expect(body).toMatchObject({ state: 'blocked', reason_code: 'fraud', reason: 'asks for codes' });
  const { expires_at } = z.object({ expires_at: z.string() }).parse(body);
  expect((Date.parse(expires_at) - Date.now()) / 86_400_000).toBeCloseTo(7, 1);
  await tab.page.getByText('bo@support').first().waitFor();

  await tab.goTo(`#/list/${NUMBER}`);
  await tab.page.getByRole('link', { name: `+${SPAMMER}` }).waitFor();
  await tab.page.getByLabel('Reason').fill('fraud');
  await tab.page.keyboard.press('Enter');
  // The whole list goes before the filtered one comes.
  await tab.page.getByRole('link', { name: `+${SPAMMER}` }).waitFor({ state: 'detached' });
  await tab.page.getByText('asks for codes').waitFor();
  expect(await tab.page.locator('table.data tbody tr').count()).toBe(1);
  await tab.expectAccessible('list');
  const [file] = await Promise.all([
    tab.page.waitForEvent('download'),
    tab.page.getByRole('button', { name: 'Export CSV' }).click(),
  ]);
  const csv = await text(await file.createReadStream());
  expect(csv).toMatch(new RegExp(`^wa_id,.*\\n${NEW},.*asks for codes,fraud,`));
});

test('import a file: what it says is shown before anything is sent; then its job is watched to the end', async () => {
  const users = phoneNumbers(1_200, 101_000);
  const rows = [...users, users[0], 'call me'].map((user) => `${user},campaign`);
  await tab.goTo('#/import');
  await tab.page.getByLabel('File').setInputFiles({
    name: 'users.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from(`phone,reason\n${rows.join('\n')}\n`),
  });
  await tab.page.getByText('1 row cannot be sent').waitFor();
  const preview = await tab.text();
  for (const part of ['1,202', '1,200', 'call me', 'campaign']) expect(preview).toContain(part);
  await tab.page.getByLabel(NUMBER, { exact: true }).check();
  await tab.expectAccessible('import');
  expect(await simulator.list(NUMBER)).toHaveLength(2);
  await tab.page.getByRole('button', { name: 'Block 1,200 users' }).click();
  await tab.page.getByText('All is done').waitFor({ timeout: 60_000 });
  await tab.page.getByRole('cell', { name: 'The user of line 2' }).waitFor();
  await tab.expectAccessible('what became of the import');
  await tab.page.getByRole('link', { name: '1 job', exact: true }).click();
  await tab.page.getByRole('heading', { level: 1, name: 'Block 1,200 users' }).waitFor();
  await tab.page.getByText('1,200 of 1,200 done').first().waitFor();
  await tab.page.getByText('Succeeded').first().waitFor();
  await tab.expectAccessible('job');
  expect(await simulator.list(NUMBER)).toHaveLength(1_202);
});

test('protect a user; operations and keys are there', async () => {
  await tab.goTo('#/protected');
  await tab.page.getByLabel('User', { exact: true }).fill(`+${FRIEND}`);
  await tab.page.getByLabel('Reason').selectOption('test');
  await tab.page.getByLabel('Note').fill('our own phone');
  await tab.page.getByRole('button', { name: 'Protect', exact: true }).click();
  await tab.page.getByText('They are blocked on 1 number now').waitFor();
  await tab.page.getByText('our own phone').waitFor();
  await tab.expectAccessible('protected');
  await tab.page.getByRole('button', { name: `End the protection of ${FRIEND}` }).click();
  await tab.page.getByRole('button', { name: 'End protection' }).click();
  await tab.page.getByText(`No longer protected: +${FRIEND}`).waitFor();
  await tab.page.getByText('our own phone').waitFor({ state: 'detached' });
  await tab.goTo(`#/operations/${NUMBER}`);
  expect(await tab.text()).toContain('bo@support');
  await tab.expectAccessible('operations');
  await tab.goTo('#/keys');
  await tab.expectAccessible('keys');
});

test('erase a person: the id is typed, and then there is the receipt; a key for one number and some days', async () => {
  await tab.goTo(`#/erase/${FRIEND}`);
  await tab.page.getByLabel('Unblock them first').check();
  await tab.page.getByLabel('To confirm, type the id').fill(`+${FRIEND}`);
  await tab.page.getByRole('button', { name: 'Erase for good' }).click();
  await tab.page.getByText(`Erased: +${FRIEND}`).waitFor();
  await tab.page.getByText('The table can be restored').waitFor();
  await tab.page.getByRole('button', { name: 'Save the receipt' }).click();
  expect(await simulator.list(OTHER)).not.toContain(FRIEND);
  const { body } = await call({ method: 'GET', path: `/v25.0/${OTHER}/block_users/${FRIEND}/history` });
  expect(body).toMatchObject({ data: [] });

  const name = `console-${OTHER.slice(-6)}-${Date.now()}`;
  await tab.goTo('#/keys');
  await tab.page.getByRole('button', { name: 'Make a key…' }).click();
  await tab.page.getByLabel('Name of the caller').fill(name);
  await tab.page.getByLabel('Only some').check();
  await tab.page.getByLabel(OTHER, { exact: true }).check();
  await tab.page.getByLabel('Works for so many days').fill('30');
  await tab.page.getByRole('button', { name: 'Make the key' }).click();
  await tab.page.getByText('it is shown this once').waitFor();
  const { body: found } = await call({ method: 'GET', path: '/keys' });
  const { data } = z.object({ data: z.array(z.object({ name: z.string() }).loose()) }).parse(found);
  expect(data.find((key) => key.name === name)).toMatchObject({ scopes: ['read'], phone_number_ids: [OTHER] });
});

test('Ctrl-C ends the console within a second', async () => {
  const began = Date.now();
  child.kill('SIGINT');
  const [code] = await once(child, 'exit');
  expect(code).toBe(0);
  expect(Date.now() - began).toBeLessThan(1_000);
});
