/** The import of the console in a real browser: what it shows, what it sends, and how it goes on. */
import { describe, expect, test } from 'vitest';
import type { ConsoleTab } from '../support/console-browser.ts';
import { consoleForEach, JOB, jobOf, NUMBER, USER } from '../support/console-for-each.ts';
import { refused, type ServiceAnswer } from '../support/console-service.ts';

const { service, open, sent } = consoleForEach();

describe('an import', () => {
  const csv = `phone,reason\n${USER},campaign\n+1 650 555 1235,\n${USER},again\ncall me,\n`;
  const choose = (opened: ConsoleTab, text = csv, name = 'u.csv') =>
    opened.page.getByLabel('File').setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(text) });
  const shared = { action: 'block', phone_number_ids: [NUMBER], defer: true };
  const bodies = [
    { ...shared, block_users: [{ user: USER }], reason: 'campaign' },
    { ...shared, block_users: [{ user: '+1 650 555 1235' }], reason: 'from the file' },
  ];
  const keys = () => service.calls.flatMap(({ headers }) => headers.get('idempotency-key') ?? []);
  const made = (status = 'queued'): ServiceAnswer => ({
    status: 202,
    body: { batch_id: JOB.split('-')[1], data: [jobOf(status)] },
  });

  test('says what its rows would do before anything is sent, and sends what it has shown', async () => {
    const opened = await open('#/import');
    await choose(opened);
    await opened.page.getByText('1 row cannot be sent').waitFor();
    await opened.page.getByLabel('Note').fill('from the file');
    await opened.page.getByRole('button', { name: 'Dry run' }).click();
    await opened.page.getByText('Dry run: nothing was changed').waitFor();
    expect(await opened.text()).toContain('Neither a phone number');
    await opened.expectAccessible('dry run');
    // What would happen depends on no reason.
    const all = { ...shared, block_users: [{ user: USER }, { user: '+1 650 555 1235' }], reason: 'campaign' };
    expect(sent('POST')).toEqual([['/jobs', { ...all, dry_run: true }]]);
    service.calls.length = 0;
    service.answers = { createJobs: () => made() };
    await opened.page.getByRole('button', { name: 'Block 2 users' }).click();
    await opened.page.getByText('2 jobs started for 2 users').waitFor();
    expect(sent('POST')).toEqual(bodies.map((body) => ['/jobs', body]));
    expect(new Set(keys()).size).toBe(2);
    expect(await opened.page.evaluate('sessionStorage.getItem("import")')).toBeNull();
  });

  test('that stopped goes on after a reload, with the same file: nothing is sent twice', async () => {
    let calls = 0;
    service.answers = {
      createJobs: () => {
        calls += 1;
        return calls === 2 ? refused(409, 'The list is being restored') : made();
      },
    };
    const opened = await open('#/import');
    const { page: it } = opened;
    await it.getByLabel('Acting for').fill('ana@support');
    await choose(opened);
    await it.getByLabel('Note').fill('from the file');
    await it.getByRole('button', { name: 'Block 2 users' }).click();
    await it.getByText('The list is being restored').first().waitFor();
    await it.getByText('stopped after 1 of 2 requests').waitFor();
    await opened.expectAccessible('an import that stopped');
    const [first, second] = keys();
    // Nobody but this tab knows of it, and it has no user.
    const kept = await it.evaluate<string>('sessionStorage.getItem("import")');
    expect(kept).not.toMatch(new RegExp(`${USER}|650 555`));

    await it.reload();
    await opened.settled();
    await it.getByText('The import of u.csv is not finished').waitFor();
    expect(await opened.text()).toContain('1 of 2 requests sent');
    await opened.expectAccessible('an import that is not finished');
    await choose(opened, `${csv}+16505551236,\n`, 'other.csv');
    await it.getByRole('button', { name: 'Block 3 users' }).waitFor();
    await it.getByLabel('Acting for').fill('bo@support');
    await choose(opened);
    await it.getByRole('heading', { name: 'Go on with u.csv' }).waitFor();
    await opened.expectAccessible('an import that goes on');
    service.calls.length = 0;
    await it.getByRole('button', { name: 'Send what is left' }).click();
    await it.getByText('2 jobs started for 2 users').waitFor();
    expect(sent('POST')).toEqual([['/jobs', bodies[1]]]);
    expect(keys()).toEqual([second]);
    expect(second).toBe(first?.replace(/-0$/, '-1'));
    const [call] = service.calls.filter(({ handler }) => handler === 'createJobs');
    expect(call?.headers.get('x-on-behalf-of')).toBe('ana@support');
    expect(await it.evaluate('sessionStorage.getItem("import")')).toBeNull();
  });

  test('that was cut off by the reload repeats the request whose answer it did not see, under its key', async () => {
    service.answers = { createJobs: () => new Promise(() => {}) };
    const opened = await open('#/import');
    const { page: it } = opened;
    await choose(opened, `${USER}\n`);
    await it.getByRole('button', { name: 'Block 1 user' }).click();
    await it.getByText('0 of 1 request sent').waitFor();
    await opened.expectAccessible('an import that is sent');
    await it.reload();
    // The service had taken it, and its job has ended meanwhile.
    service.answers = { createJobs: () => made('succeeded') };
    await choose(opened, `${USER}\n`);
    await it.getByRole('button', { name: 'Send what is left' }).click();
    await it.getByText('1 job started for 1 user').waitFor();
    const all = keys();
    expect(all).toHaveLength(2);
    expect(all[0]).toBe(all[1]);
  });

  test('that was made before, within a day, sends nothing again unless it is asked to', async () => {
    service.answers = { createJobs: () => made('succeeded') };
    const opened = await open('#/import');
    const { page: it } = opened;
    await choose(opened, `${USER}\n`);
    await it.getByRole('button', { name: 'Block 1 user' }).click();
    await it.getByText('The same was imported before').waitFor();
    await opened.expectAccessible('imported before');
    service.answers = { createJobs: () => made() };
    await it.getByRole('button', { name: 'Send it again' }).click();
    await it.getByText('1 job started for 1 user').waitFor();
    expect(new Set(keys()).size).toBe(2);
  });

  test('can be stopped, forgotten, and asks before it unblocks many', async () => {
    service.answers = { createJobs: () => refused(429, 'Too many open jobs', { 'retry-after': '60' }) };
    const opened = await open('#/import');
    const { page: it } = opened;
    await choose(opened, Array.from({ length: 1_001 }, (_, n) => `${16_505_550_000 + n}\n`).join(''));
    await it.getByLabel('Unblock', { exact: true }).check();
    await it.getByRole('button', { name: 'Unblock 1,001 users…' }).click();
    expect(sent('POST')).toEqual([]);
    await it.getByRole('button', { name: 'Yes, unblock 1,001 users' }).click();
    await it.getByRole('button', { name: 'Stop' }).click();
    await it.getByText('stopped after 0 of 1 request').waitFor();
    await it.getByRole('button', { name: 'Begin anew…' }).click();
    await it.getByRole('button', { name: 'Dry run' }).waitFor();
    expect(await it.evaluate('sessionStorage.getItem("import")')).toBeNull();
  });

  test('finds users, codes and reasons in columns of other names, and takes one reason for all', async () => {
    service.answers = { createJobs: () => made() };
    const opened = await open('#/import');
    const { page: it } = opened;
    await choose(opened, `msisdn,why\n${USER},ticket 1\n16505551235,ticket 2\n`);
    await it.getByText('Which column has the users?').waitFor();
    await opened.expectAccessible('columns');
    await it.locator('[name=column_user]').selectOption('msisdn');
    await it.getByText('Which column has what').click();
    await it.locator('[name=column_reason]').selectOption('why');
    await it.getByRole('cell', { name: 'ticket 2' }).waitFor();
    await it.getByLabel('One reason for all rows').check();
    await it.getByLabel('Note').fill('November');
    await it.getByRole('button', { name: 'Block 2 users' }).click();
    await it.getByText('1 job started for 2 users').waitFor();
    const users = [{ user: USER }, { user: '16505551235' }];
    expect(sent('POST')).toEqual([['/jobs', { ...shared, block_users: users, reason: 'November' }]]);
  });

  test('names the rows whose code the deployment does not take', async () => {
    const opened = await open('#/import');
    await choose(opened, `phone,reason_code\n${USER},spam\n16505551235,typo\n`);
    await opened.page.getByText('Line 3, 16505551235: The reason code must be one of spam').waitFor();
    await opened.page.getByRole('button', { name: 'Block 1 user' }).waitFor();
  });
});
