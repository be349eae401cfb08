/** The pages of the console in a real browser, on a service of the test: what they show, in each state, and what they send. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { CliError } from '../../cli/cli-error.ts';
import { EXIT } from '../../cli/exit-codes.ts';
import { PROTECTED } from '../../lambdas/core/changes/guard.ts';
import { takePicture } from '../../local/console/take-picture.ts';
import { LOOKS } from '../support/console-browser.ts';
import { AT, consoleForEach, JOB, jobOf, NUMBER, OTHER, USER } from '../support/console-for-each.ts';
import { type Answers, exampleOf, pageOf, refused, SERVICE, type ServiceAnswer } from '../support/console-service.ts';

const PAGES = [
  '#/',
  `#/user/${USER}`,
  `#/erase/${USER}`,
  `#/list/${NUMBER}`,
  '#/block',
  '#/import',
  '#/jobs',
  `#/jobs/${JOB}`,
  `#/operations/${NUMBER}`,
  '#/protected',
  '#/keys',
];

const { service, open, sent, running } = consoleForEach();

/** What `GET /users/{user}` says of a user on these numbers. */
function everywhere(...data: readonly unknown[]): ServiceAnswer {
  return { body: { protected: false, data, paging: { cursors: {} } } };
}

test('the browser loads at most 120 KB, as gzip counts', () => {
  const bytes = [...running.page.values()].map((file) => gzipSync(file.text).length);
  expect(bytes.reduce((sum, one) => sum + one, 0)).toBeLessThan(120 * 1024);
});

test('the demo’s picture is of the page that it names', async () => {
  await open();
  const folder = mkdtempSync(join(tmpdir(), 'blocklist-picture-'));
  const file = join(folder, 'new', 'demo.png');
  const hash = `#/user/${USER}`;
  expect(await takePicture({ url: running.url, file, hash, until: 'ana@support' })).toMatch(
    /^A picture of the console is in .*demo\.png$/,
  );
  expect(readFileSync(file).subarray(1, 4).toString()).toBe('PNG');
  await expect.poll(() => service.calls.map(({ path }) => path)).toContain(`/users/${USER}?limit=1000`);
  rmSync(folder, { recursive: true });
});

describe('every page', () => {
  test.each(LOOKS)('can be read and used by everybody, $width pixels wide and $scheme', async (look) => {
    const opened = await open('#/', look);
    for (const hash of PAGES) {
      await opened.goTo(hash);
      await opened.expectAccessible(hash);
    }
  });

  const EMPTY: Answers = {
    listNumbersInUse: () => ({ body: { ...Object(exampleOf('listNumbersInUse').body), data: [] } }),
    getUserEverywhere: () => everywhere(),
    getHistoryEverywhere: () => pageOf(),
    getProtectedUser: () => refused(404, 'user: is not protected'),
    listBlockedUsers: () => pageOf(),
    listJobs: () => pageOf(),
    listOperations: () => pageOf(),
    listProtectedUsers: () => pageOf(),
    listKeys: () => pageOf(),
    listJobUsers: () => pageOf(),
  };
  test('says so if there is nothing yet', async () => {
    service.answers = EMPTY;
    const opened = await open('#/', { width: 360, scheme: 'light' });
    const says = {
      '#/': 'No number is in use yet',
      [`#/user/${USER}`]: 'Nothing was ever done to this user',
      '#/list': 'No number is in use yet',
      [`#/list/${NUMBER}`]: 'Nobody is blocked on this number',
      [`#/list/${NUMBER}?reason_code=spam`]: 'No blocked user is so',
      '#/block': 'no number is in use yet',
      '#/jobs': 'There is no job yet',
      '#/jobs?status=failed': 'No job is so',
      '#/operations': 'No number is in use yet',
      [`#/operations/${NUMBER}`]: 'Nothing was done',
      '#/protected': 'Nobody is protected',
      '#/keys': 'There is no key',
      '#/nothing': 'There is no such page',
    };
    for (const [hash, text] of Object.entries(says)) {
      await opened.goTo(hash);
      expect(await opened.text(), hash).toContain(text);
      await opened.expectAccessible(hash);
    }
  });

  const all = (answer: Answers[keyof Answers]): Answers =>
    Object.fromEntries([...Object.keys(EMPTY), 'getJob'].map((handler) => [handler, answer]));
  test.each<[string, ServiceAnswer, string, string[]?]>([
    [
      'a caller without the permission',
      refused(403, 'User is not authorized to perform: execute-api:Invoke'),
      'You may not do this',
      PAGES.filter((one) => one !== '#/import'),
    ],
    [
      'credentials that have expired',
      { status: 403, body: { message: 'The security token included in the request is expired' } },
      'Your sign-in is over',
    ],
    ['a key that was revoked', refused(401, 'Unauthorized'), 'Your sign-in is over'],
    ['a service that is throttled', refused(429, 'Too many requests', { 'retry-after': '7' }), 'asks to wait 7 s'],
    ['a service that fails', refused(503, 'Later'), 'The service cannot answer now'],
    ['an answer that is none', { status: 504, body: '<html>' }, 'The service answered 504'],
  ])('says what to do for %s', async (...[, answer, text, places = ['#/', '#/keys']]) => {
    service.answers = all(() => answer);
    const opened = await open();
    for (const hash of places) {
      await opened.goTo(hash);
      expect(await opened.text(), hash).toContain(text);
    }
    await opened.expectAccessible(text);
    // What was wrong may be over.
    service.answers = {};
    await opened.page.getByRole('button', { name: 'Try again' }).first().click();
    await opened.page.getByText('support-desk').waitFor();
  });

  test('shows that it loads', async () => {
    const opened = await open();
    service.answers = all(() => new Promise(() => {}));
    for (const hash of [`#/user/${USER}`, '#/jobs', '#/protected']) {
      await opened.page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
      await opened.page.getByText('Loading').first().waitFor();
      await opened.expectAccessible(`${hash} while it loads`);
    }
  });

  test('says how to sign in again, and goes on once that is done', async () => {
    let isOver = true;
    const credentials = async () => {
      if (isOver)
        throw new CliError(
          EXIT.notAuthorized,
          'Your AWS sign-in is over',
          'Sign in again: aws sso login --profile prod',
        );
      return { accessKeyId: 'a', secretAccessKey: 'b' };
    };
    const opened = await open('#/keys', undefined, {
      authentication: { kind: 'iam', region: 'eu-west-1', credentials },
    });
    expect(await opened.text()).toContain('aws sso login --profile prod');
    await opened.expectAccessible('signed out');
    isOver = false;
    await opened.page.getByRole('button', { name: 'Try again' }).click();
    await opened.page.getByText('support-desk').waitFor();
  });

  test('says so if the console has ended', async () => {
    const opened = await open();
    running.stop.abort();
    await running.ended;
    await opened.goTo('#/jobs');
    expect(await opened.text()).toContain('The console has ended');
    await opened.expectAccessible('ended');
  });

  test('can be left by a reload, and not be opened without the address that the command printed', async () => {
    const opened = await open();
    expect(await opened.page.evaluate('location.href')).not.toContain('key=');
    await opened.page.reload();
    await opened.settled();
    expect(await opened.text()).toContain(NUMBER);
    // A new tab of the same browser, as from a bookmark or the history.
    const other = await opened.page.context().newPage();
    await other.goto(new URL(running.url).origin);
    await other.getByText('This tab has no key to the console').waitFor();
    expect(await other.evaluate('document.body.innerText')).not.toContain(NUMBER);
  });

  test('changes nothing if the console only reads, and offers no change', async () => {
    const opened = await open('#/', undefined, { facts: { service: SERVICE, read_only: true } });
    for (const hash of PAGES) {
      await opened.goTo(hash);
      const buttons = await opened.page.locator('main button:not([disabled])').allInnerTexts();
      expect(
        buttons.filter((name) => !/^(Load more|Earlier|Export CSV|Filter|Try again)$/.test(name)),
        hash,
      ).toEqual([]);
    }
  });
});

describe('one user', () => {
  test('the search has the focus; an id and Enter show who and why, for whom, through what', async () => {
    const opened = await open();
    await expect.poll(() => opened.page.evaluate('document.activeElement.id')).toBe('search');
    await opened.page.keyboard.type('+1 650 555 1234');
    await opened.page.keyboard.press('Enter');
    await opened.settled();
    await opened.page.getByRole('heading', { level: 1, name: '+16505551234' }).waitFor();
    const text = await opened.text();
    for (const part of ['Blocked on 1 of 2 numbers', 'spam', 'role/support', 'ana@support', 'through the API'])
      expect(text).toContain(part);
    expect(service.calls.map(({ path }) => path)).toContain('/users/%2B1%20650%20555%201234?limit=1000');
    // The page has the focus now, so that a screen reader reads it; / leads back to the search.
    await expect.poll(() => opened.page.evaluate('document.activeElement.id')).toBe('main');
    await opened.page.keyboard.press('/');
    await expect.poll(() => opened.page.evaluate('document.activeElement.id')).toBe('search');
  });

  test('the history says that a block was left out as the user was protected then, and not afterwards', async () => {
    const by = { actor: 'arn:aws:iam::1:role/a', source: 'api', outcome: 'succeeded' } as const;
    const failed = { ...by, action: 'block', outcome: 'failed', code: 100, phone_number_id: NUMBER } as const;
    const at = (day: number) => ({ at: `2026-11-0${day}T12:00:00.000Z`, operation_id: `op${day}` });
    service.answers = {
      getProtectedUser: () => refused(404, 'user: is not protected'),
      getHistoryEverywhere: () =>
        pageOf(
          { ...failed, ...at(4) },
          { ...by, ...at(3), action: 'unprotect' },
          { ...failed, ...at(2) },
          { ...by, ...at(1), action: 'protect' },
        ),
    };
    const opened = await open(`#/user/${USER}`);
    const titles = await opened.page.locator('.timeline .what strong').allInnerTexts();
    expect(titles).toEqual(['Could not be blocked', 'Protection ended', 'Left out: is protected', 'Protected']);
    expect(await opened.page.getByText('Code 100').count()).toBe(1);
  });

  test('an id that is none is refused with the service’s own words', async () => {
    service.answers = { getUserEverywhere: () => refused(400, 'user: A decimal is no phone number') };
    const opened = await open('#/user/16505551234.0');
    expect(await opened.text()).toContain('user: A decimal is no phone number');
    await opened.expectAccessible('malformed');
  });

  const before = {
    input: USER,
    blocked: true,
    state: 'blocked',
    wa_id: USER,
    reason: 'many messages',
    reason_code: 'spam',
    expires_at: '2099-01-01T00:00:00.000Z',
    blocked_at: AT,
    blocked_by: 'arn:aws:iam::1:role/a',
    source: 'api',
  } as const;
  const done = { input: USER, wa_id: USER };
  const product = { messaging_product: 'whatsapp' };

  test('an unblock asks for a note that may be empty; its undoing has the code, note and end from before, and says what it is', async () => {
    service.answers = {
      getProtectedUser: () => refused(404, 'user: is not protected'),
      lookupUsers: () => ({ body: { data: [before], reconciled_at: AT } }),
      unblockUsers: () => ({ body: { ...product, block_users: { removed_users: [done] } } }),
      blockUsers: () => ({ body: { ...product, block_users: { added_users: [done] } } }),
    };
    const opened = await open(`#/user/${USER}`);
    const { page: it } = opened;
    // On the card of the number, and with the keyboard alone.
    await it.getByRole('button', { name: `Unblock on ${NUMBER}` }).click();
    expect(sent('DELETE')).toEqual([]);
    expect(await it.locator('.card form').count()).toBe(1);
    await expect.poll(() => it.evaluate('document.activeElement.name')).toBe('note');
    await opened.expectAccessible('unblock form in a card');
    await it.keyboard.type('TICKET-17');
    await it.keyboard.press('Enter');
    await it.getByText(`Unblocked +${USER}`).waitFor();
    expect(sent('DELETE')).toEqual([
      [`/${NUMBER}/block_users`, { ...product, block_users: [{ user: USER }], reason: 'TICKET-17' }],
    ]);
    await opened.expectAccessible('with a message');
    // It is of this page, above what the page has, and still there when the person comes back.
    const overlap = `document.querySelector('.message').getBoundingClientRect().bottom -
      document.querySelector('main').getBoundingClientRect().top`;
    expect(await it.evaluate<number>(overlap)).toBeLessThanOrEqual(0);
    await opened.goTo('#/jobs');
    expect(await it.locator('.message').count()).toBe(0);
    await opened.goTo(`#/user/${USER}`);
    await it.getByRole('button', { name: 'Undo' }).click();
    await it.getByText(`Undone: +${USER} is blocked again on ${NUMBER}`).waitFor();
    const { reason_code, expires_at } = before;
    const reason = 'Undo of an unblock. Before: many messages';
    expect(sent('POST')).toEqual([
      [
        `/${NUMBER}/block_users`,
        { ...product, block_users: [{ user: USER }], reason, reason_code, expires_at, defer: true },
      ],
    ]);
    await it.getByRole('button', { name: 'Dismiss' }).click();
    expect(await opened.text()).not.toContain('Undone');
  });

  test('an unblock of all numbers is asked about once, and stays to be sent again if it failed', async () => {
    const blocked = [NUMBER, OTHER].map((phone_number_id) => ({
      phone_number_id,
      blocked: true,
      state: 'blocked',
      wa_id: USER,
      reconciled_at: null,
    }));
    service.answers = {
      getUserEverywhere: () => everywhere(...blocked),
      lookupUsers: () => ({ body: { data: [before], reconciled_at: AT } }),
      unblockUsers: () => refused(503, 'Later'),
    };
    const opened = await open(`#/user/${USER}`);
    const { page: it } = opened;
    await it.getByRole('button', { name: 'Unblock on 2 numbers…' }).click();
    expect(sent('DELETE')).toEqual([]);
    await it.getByLabel('Note').fill('TICKET-18');
    await it.keyboard.press('Enter');
    await it.getByText(`On ${OTHER}: Later`).waitFor();
    expect(await it.getByLabel('Note').inputValue()).toBe('TICKET-18');
    service.answers = {
      ...service.answers,
      unblockUsers: () => ({ body: { ...product, block_users: { removed_users: [done] } } }),
    };
    service.calls.length = 0;
    await it.getByRole('button', { name: 'Unblock on 2 numbers', exact: true }).click();
    await it.getByText(`Unblocked +${USER} on 2 numbers`).waitFor();
    expect(sent('DELETE').map(([, body]) => body.reason)).toEqual(['TICKET-18', 'TICKET-18']);
    expect(await it.locator('form.form').count()).toBe(0);
  });

  test('the form to block or unblock is empty again after it has done so', async () => {
    service.answers = {
      lookupUsers: () => ({ body: { data: [{ ...before, blocked: false, state: 'unknown' }], reconciled_at: AT } }),
      blockUsers: () => ({ body: { ...product, block_users: { added_users: [done] } } }),
      unblockUsers: () => ({ body: { ...product, block_users: { removed_users: [done] } } }),
    };
    const opened = await open();
    const { page: it } = opened;
    await it.getByRole('navigation').getByRole('link', { name: 'Block / unblock' }).click();
    await it.getByRole('heading', { level: 1, name: 'Block / unblock' }).waitFor();
    await it.getByLabel('Users, one on each line').fill(USER);
    await it.getByLabel('Note').fill('complained');
    await it.getByLabel(NUMBER, { exact: true }).check();
    await it.getByRole('button', { name: 'Block 1 user' }).click();
    await it.getByText(`Blocked +${USER}`).waitFor();
    await expect.poll(() => it.getByLabel('Users, one on each line').inputValue()).toBe('');
    expect(await it.getByLabel('Note').inputValue()).toBe('');
    await it.getByRole('button', { name: 'Undo' }).click();
    await it.getByText(`Undone: +${USER} is not blocked any more on ${NUMBER}`).waitFor();
    expect(sent('DELETE').map(([, body]) => body.reason)).toEqual(['Undo of a block']);
  });

  test('a block asks why, for how long and where; what fails on a number is said, and only what was done is undone', async () => {
    const unknown = { input: USER, blocked: false, state: 'unknown' };
    const numbers = [NUMBER, OTHER].map((phone_number_id) => ({
      phone_number_id,
      blocked: false,
      state: 'unknown',
      reconciled_at: null,
    }));
    const errors = [{ code: 139101, message: 'Full', error_data: { details: 'The list of this number is full' } }];
    const failed = {
      ...product,
      error: { message: 'x', type: 'OAuthException', code: 139100, error_data: { details: 'x' }, fbtrace_id: 'x' },
      block_users: { added_users: [], failed_users: [{ input: USER, errors }] },
    };
    service.answers = {
      getProtectedUser: () => refused(404, 'user: is not protected'),
      getUserEverywhere: () => everywhere(...numbers),
      lookupUsers: () => ({ body: { data: [unknown], reconciled_at: AT } }),
      blockUsers: ({ path }) =>
        path.includes(OTHER)
          ? { status: 400, body: failed }
          : { body: { ...product, block_users: { added_users: [done] } } },
      unblockUsers: () => ({ body: { ...product, block_users: { removed_users: [done] } } }),
    };
    const opened = await open(`#/user/${USER}`);
    await opened.page.getByRole('button', { name: 'Block…', exact: true }).first().click();
    // The first field has the focus.
    await expect.poll(() => opened.page.evaluate('document.activeElement.name')).toBe('reason_code');
    await opened.page.keyboard.type('fraud');
    await opened.page.getByLabel('Note').fill('asks for codes');
    await opened.page.getByLabel('For how long').selectOption('7 days');
    await opened.expectAccessible('block form');
    await opened.page.getByRole('button', { name: 'Block on 2 numbers' }).click();
    await opened.page.getByText('The list of this number is full').waitFor();
    const terms = { reason: 'asks for codes', reason_code: 'fraud', expires_in: 604_800, defer: true };
    const body = { ...product, block_users: [{ user: USER }], ...terms };
    // Both at once, in whatever order.
    const calls = sent('POST').toSorted(([one], [other]) => one.localeCompare(other));
    expect(calls).toEqual([
      [`/${NUMBER}/block_users`, body],
      [`/${OTHER}/block_users`, body],
    ]);
    await opened.page.getByRole('button', { name: 'Undo' }).click();
    await opened.page.getByText('is not blocked any more').waitFor();
    expect(sent('DELETE').map(([path]) => path)).toEqual([`/${NUMBER}/block_users`]);
  });

  test('Escape closes the form, and nothing is sent', async () => {
    service.answers = { getProtectedUser: () => refused(404, 'user: is not protected') };
    const opened = await open(`#/user/${USER}`);
    await opened.page.getByRole('button', { name: `Block on ${OTHER}` }).click();
    await opened.page.keyboard.press('Escape');
    expect(await opened.page.locator('form.form').count()).toBe(0);
    expect(sent('POST')).toEqual([]);
  });

  test('for whom the person acts goes with every change, and with nothing else', async () => {
    const opened = await open('#/protected');
    await opened.page.getByLabel('Acting for').fill('ana@support');
    await opened.page.getByLabel('User', { exact: true }).fill('+1 650 555 9999');
    await opened.page.getByLabel('Reason').selectOption('test');
    await opened.page.getByRole('button', { name: 'Protect', exact: true }).click();
    await opened.page.getByText('Protected +1 650 555 9999').waitFor();
    const people = service.calls.map(({ method, headers }) => [method, headers.get('x-on-behalf-of')]);
    expect(people.filter(([method]) => method !== 'GET')).toEqual([['PUT', 'ana@support']]);
    expect(people.filter(([method, person]) => method === 'GET' && person !== null)).toEqual([]);
  });
});

describe('what others wrote is text', () => {
  const MARKUP = '<script>window.pwned = 1</script><img src=x onerror="window.pwned = 1">';
  const TURNED = 'fine \u202Ednuoforp\u2066\u200F';
  const EVIL = `${MARKUP}${TURNED}`;

  test('in reasons, actors, people, inputs and names, on every page', async () => {
    const known = {
      blocked: true,
      state: 'blocked',
      wa_id: USER,
      blocked_at: AT,
      reason: EVIL,
      blocked_by: EVIL,
      source: 'api',
    };
    const by = { actor: EVIL, on_behalf_of: EVIL };
    const event = {
      at: AT,
      action: 'block',
      outcome: 'succeeded',
      reason: EVIL,
      ...by,
      source: 'api',
      operation_id: 'op',
    };
    const users = { total: 2, succeeded: 1, failed: 1, deferred: 0, remaining: 0 };
    const job = {
      id: JOB,
      phone_number_id: NUMBER,
      action: 'block',
      status: 'partially_failed',
      users,
      chunks: { total: 1, done: 1, failed: 0 },
      created_at: AT,
      requested_by: EVIL,
      on_behalf_of: EVIL,
      reason: EVIL,
      error: { code: 1, message: EVIL },
      activity: [{ at: AT, verb: 'created', ...by }],
    };
    const operation = { ...event, status: 'finished', users: 1, counts: { succeeded: 1, failed: 0, deferred: 0 } };
    const { outcome: _, ...plain } = operation;
    const key = {
      id: 'Aa0000000001',
      name: EVIL,
      scopes: ['read'],
      status: 'active',
      created_at: AT,
      created_by: EVIL,
      secrets: [],
      activity: [],
    };
    service.answers = {
      getUserEverywhere: () => everywhere({ ...known, phone_number_id: NUMBER, reconciled_at: AT }),
      getHistoryEverywhere: () => pageOf({ ...event, phone_number_id: NUMBER, previous: EVIL }),
      listBlockedUsers: () => pageOf({ wa_id: USER, input: EVIL, reason: EVIL, blocked_by: EVIL, blocked_at: AT }),
      listJobs: () => pageOf(job),
      getJob: () => ({ body: job }),
      listJobUsers: () => pageOf({ input: EVIL, outcome: 'failed', code: 100, message: EVIL }),
      listOperations: () => pageOf(plain),
      listProtectedUsers: () =>
        pageOf({ wa_id: USER, ids: [USER], reason: EVIL, protected_at: AT, protected_by: EVIL, on_behalf_of: EVIL }),
      listKeys: () => pageOf(key),
      getProtectedUser: () => refused(404, EVIL),
    };
    const opened = await open('#/', { width: 360, scheme: 'light' });
    for (const hash of PAGES.filter((one) => !/^#\/(?:block|import|erase)/.test(one))) {
      await opened.goTo(hash);
      const text = await opened.text();
      expect(text, hash).toContain('<script>window.pwned');
      expect(text, hash).not.toMatch(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/);
      expect(await opened.page.locator('main script, main img').count(), hash).toBe(0);
      await opened.expectAccessible(`${hash} with markup`);
    }
    service.answers = { getUserEverywhere: () => refused(400, EVIL) };
    await opened.goTo(`#/user/${encodeURIComponent(EVIL)}`);
    expect(await opened.text()).toContain('<script>window.pwned');
    expect(await opened.page.evaluate('window.pwned')).toBeUndefined();
  });

  test('and code that gets into the page all the same is not run', async () => {
    const opened = await open();
    await opened.page.evaluate(`(() => {
      const script = document.createElement('script');
      script.textContent = 'window.pwned = 1';
      document.body.append(script);
      const holder = document.createElement('div');
      holder.innerHTML = '<img src="https://evil.example/x" onerror="window.pwned = 1">';
      document.body.append(holder);
    })()`);
    await expect.poll(() => opened.page.evaluate("document.querySelector('div > img').complete")).toBe(true);
    expect(await opened.page.evaluate('window.pwned')).toBeUndefined();
    // The browser says that it was kept from it; no request was made.
    const complaints = opened.takeComplaints();
    expect(complaints.length).toBeGreaterThan(1);
    for (const one of complaints) expect(one).toMatch(/Content Security Policy/);
  });
});

test('a list is filtered by a button, and its file has the filters and the day in its name', async () => {
  const actor = 'arn:aws:iam::1:role/support';
  service.answers = { listBlockedUsers: () => pageOf({ wa_id: USER, blocked_by: actor, blocked_at: AT }) };
  const opened = await open(`#/list/${NUMBER}`);
  const { page: it } = opened;
  // Whoever is on the page can be chosen, by the name that the page has.
  const options = "[...document.querySelectorAll('#actors option')].map(({ value, label }) => [value, label])";
  expect(await it.evaluate(options)).toEqual([[actor, 'role/support']]);
  await it.getByLabel('Blocked by').fill(actor);
  await it.getByLabel('Reason').fill('spam');
  await it.getByRole('button', { name: 'Filter' }).click();
  await opened.settled();
  await expect.poll(() => service.calls.at(-1)?.path).toContain('reason_code=spam');
  expect(service.calls.at(-1)?.path).toContain(`blocked_by=${encodeURIComponent(actor)}`);
  await opened.expectAccessible('filters');
  const [file] = await Promise.all([
    it.waitForEvent('download'),
    it.getByRole('button', { name: 'Export CSV' }).click(),
  ]);
  expect(file.suggestedFilename()).toMatch(
    new RegExp(`^blocked-${NUMBER}-reason_code=spam-blocked_by=role_support-\\d{4}-\\d\\d-\\d\\d\\.csv$`),
  );
});

describe('a job', () => {
  test('is watched while it runs: a plot, its numbers, and the same for who does not see it', async () => {
    const began = new Date(Date.now() - 10_000).toISOString();
    let done = 0;
    const job = () => ({
      id: JOB,
      phone_number_id: NUMBER,
      action: 'block',
      status: done < 2_500 ? 'running' : 'succeeded',
      users: { total: 2_500, succeeded: done, failed: 0, deferred: 0, remaining: 2_500 - done },
      chunks: { total: 3, done: 0, failed: 0 },
      created_at: began,
      started_at: began,
      ...(done < 2_500 ? {} : { finished_at: new Date().toISOString() }),
      requested_by: 'arn:aws:iam::1:role/a',
      activity: [{ at: began, verb: 'created', actor: 'arn:aws:iam::1:role/a' }],
    });
    service.answers = {
      getJob: () => {
        done = Math.min(2_500, done + 1_250);
        return { body: job() };
      },
    };
    const opened = await open(`#/jobs/${JOB}`);
    await opened.page.getByText('1,250 of 2,500 done').first().waitFor();
    expect(await opened.page.locator('canvas').count()).toBe(1);
    await opened.page.getByText('2,500 of 2,500 done').waitFor();
    const table = await opened.page.getByRole('table', { name: 'Progress over time' }).innerText();
    expect(table).toContain('1,250 of 2,500');
    expect(table).toContain('2,500 of 2,500');
    const asked = service.calls.filter(({ handler }) => handler === 'getJob').length;
    expect(asked).toBe(2);
  });

  test('whose only failures are protected users is done: they were left out, and nothing is to be tried again', async () => {
    const users = { total: 2, succeeded: 1, failed: 1, deferred: 0, remaining: 0 };
    const message = `${PROTECTED.message}: ${PROTECTED.details}`;
    const of = { input: USER, outcome: 'failed', wa_id: USER };
    service.answers = {
      getJob: () => ({ body: { ...jobOf('partially_failed'), users, finished_at: AT } }),
      listJobUsers: () => pageOf({ ...of, code: PROTECTED.code, message }),
    };
    const opened = await open(`#/jobs/${JOB}`);
    const { page: it } = opened;
    await it.getByText('Done, 1 left out').waitFor();
    await it.getByRole('heading', { name: 'Users who were left out: they are protected' }).waitFor();
    await it.getByRole('cell', { name: 'Left out: is protected' }).waitFor();
    expect(await it.getByRole('button', { name: 'Try again what failed' }).count()).toBe(0);
    await opened.expectAccessible('left out');
    // Another failure with the same code is one.
    service.answers = { ...service.answers, listJobUsers: () => pageOf({ ...of, code: 100, message: '(#100) Other' }) };
    await opened.goTo('#/jobs');
    await opened.goTo(`#/jobs/${JOB}`);
    await it.getByRole('button', { name: 'Try again what failed' }).waitFor();
  });

  test('that undoes another says which, and who of that one stays as they are', async () => {
    const other = `${NUMBER}-01K3B9R6ZC4M8Q2T5V7W9X1Y4A`;
    const users = (succeeded: number) => ({ total: succeeded, succeeded, failed: 0, deferred: 0, remaining: 0 });
    const ended = { ...jobOf('succeeded'), finished_at: AT };
    let isUndone = false;
    service.answers = {
      getJob: ({ path }) =>
        path.endsWith(other)
          ? { body: { ...ended, id: other, action: 'unblock', users: users(97), reverts: JOB } }
          : { body: { ...ended, users: users(98), ...(isUndone && { reverted_by: other }) } },
      revertJob: () => {
        isUndone = true;
        return { status: 202, body: { ...jobOf('queued'), id: other, action: 'unblock', reverts: JOB } };
      },
    };
    const opened = await open(`#/jobs/${JOB}`);
    const { page: it } = opened;
    await it.getByRole('button', { name: 'Undo the job…' }).click();
    expect(await opened.text()).toContain(
      'This starts a job that unblocks whom this job blocked. Who was blocked before it, or was changed by anybody since, stays as they are. At most 98 users.',
    );
    await it.getByRole('button', { name: 'Undo the job', exact: true }).click();
    await it.getByText('This job undoes Block 98 users').waitFor();
    expect(await opened.text()).toContain('The undoing has started');
    expect(await opened.text()).toContain(
      '97 users were unblocked. 1 of the 98 of that job stays as it is: blocked before it, or changed by somebody since.',
    );
    await opened.expectAccessible('a job that undoes');
    await it.getByRole('link', { name: 'Block 98 users' }).click();
    await it.getByText('Undone by Unblock 97 users').waitFor();
  });

  test('is undone only after the person has said so', async () => {
    const opened = await open(`#/jobs/${JOB}`);
    await opened.page.getByRole('button', { name: 'Cancel…' }).click();
    expect(sent('POST')).toEqual([]);
    await opened.expectAccessible('asks');
    await opened.page.getByRole('button', { name: 'Keep' }).click();
    await opened.page.getByRole('button', { name: 'Cancel…' }).click();
    await opened.page.getByRole('button', { name: 'Stop the job' }).click();
    await opened.page.getByText('The job stops').waitFor();
    expect(sent('POST').map(([path]) => path)).toEqual([`/jobs/${JOB}/cancel`]);
  });
});
