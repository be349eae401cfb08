/** The pages of the console in a real browser, on a service of the test: what they show, in each state, and what they send. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CliError } from '../../cli/cli-error.ts';
import { EXIT } from '../../cli/exit-codes.ts';
import { loadPage, type Page } from '../../console/server/page.ts';
import { type ConsoleSettings, serveConsole } from '../../console/server/serve.ts';
import { launchChromium } from '../../local/console/chromium.ts';
import { takePicture } from '../../local/console/take-picture.ts';
import { ConsoleTab, LOOKS, type Look } from '../support/console-browser.ts';
import {
  type Answers,
  ConsoleService,
  exampleOf,
  pageOf,
  refused,
  SERVICE,
  type ServiceAnswer,
} from '../support/console-service.ts';

const NUMBER = '106540352242922';
const OTHER = '106540352242923';
const JOB = `${NUMBER}-01K3B9R6ZC4M8Q2T5V7W9X1Y3Z`;
const USER = '16505551234';
const AT = '2026-11-01T12:00:00.000Z';
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

let browser: Browser;
let page: Page;
beforeAll(async () => {
  [browser, page] = await Promise.all([launchChromium(), loadPage()]);
});
afterAll(() => browser?.close());

let service: ConsoleService;
let stop: AbortController;
let url: string;
let ended: Promise<string> | undefined;
let tab: ConsoleTab | undefined;

beforeEach(() => {
  service = new ConsoleService();
  stop = new AbortController();
});
afterEach(async () => {
  stop.abort();
  await ended;
  const open = tab;
  tab = undefined;
  await open?.close();
});

/** A console on the service of the test, and a tab of it. */
async function open(hash = '#/', look?: Look, settings: Partial<ConsoleSettings> = {}): Promise<ConsoleTab> {
  const running = await serveConsole({
    apiUrl: SERVICE,
    authentication: { kind: 'key', key: 'k' },
    fetch: service.fetch,
    signal: stop.signal,
    page,
    facts: { service: SERVICE, read_only: false },
    port: 0,
    idleMs: 600_000,
    ...settings,
  });
  ({ url, ended } = running);
  tab = await ConsoleTab.open(browser, url, look);
  await tab.settled();
  if (hash !== '#/') await tab.goTo(hash);
  return tab;
}

/** What `GET /users/{user}` says of a user on these numbers. */
function everywhere(...data: readonly unknown[]): ServiceAnswer {
  return { body: { protected: false, data, paging: { cursors: {} } } };
}

const sent = (method: string) =>
  service.calls
    .filter((call) => call.method === method && !call.path.endsWith('/lookup'))
    .map(({ path, body }) => [path, JSON.parse(body || '{}')]);

test('the browser loads at most 120 KB, as gzip counts', () => {
  const bytes = [...page.values()].map((file) => gzipSync(file.text).length);
  expect(bytes.reduce((sum, one) => sum + one, 0)).toBeLessThan(120 * 1024);
});

test('the demo’s picture is of the page that it names', async () => {
  await open();
  const folder = mkdtempSync(join(tmpdir(), 'blocklist-picture-'));
  const file = join(folder, 'new', 'demo.png');
  const hash = `#/user/${USER}`;
  expect(await takePicture({ url, file, hash, until: 'ana@support' })).toMatch(
    /^A picture of the console is in .*demo\.png$/,
  );
  expect(readFileSync(file).subarray(1, 4).toString()).toBe('PNG');
  expect(service.calls.map(({ path }) => path)).toContain(`/users/${USER}?limit=1000`);
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
    stop.abort();
    await ended;
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
    await other.goto(new URL(url).origin);
    await other.getByText('This tab has no key to the console').waitFor();
    expect(await other.evaluate('document.body.innerText')).not.toContain(NUMBER);
  });

  test('changes nothing if the console only reads, and offers no change', async () => {
    const opened = await open('#/', undefined, { facts: { service: SERVICE, read_only: true } });
    for (const hash of PAGES) {
      await opened.goTo(hash);
      const buttons = await opened.page.locator('main button:not([disabled])').allInnerTexts();
      expect(
        buttons.filter((name) => !/^(Load more|Earlier|Export CSV|Try again)$/.test(name)),
        hash,
      ).toEqual([]);
    }
  });
});

describe('one user', () => {
  test('the search has the focus; an id and Enter show who and why, for whom, through what', async () => {
    const opened = await open();
    expect(await opened.page.evaluate('document.activeElement.id')).toBe('search');
    await opened.page.keyboard.type('+1 650 555 1234');
    await opened.page.keyboard.press('Enter');
    await opened.settled();
    await opened.page.getByRole('heading', { level: 1, name: '+16505551234' }).waitFor();
    const text = await opened.text();
    for (const part of ['Blocked on 1 of 2 numbers', 'spam', 'role/support', 'ana@support', 'through the API'])
      expect(text).toContain(part);
    expect(service.calls.map(({ path }) => path)).toContain('/users/%2B1%20650%20555%201234?limit=1000');
    // The page has the focus now, so that a screen reader reads it; / leads back to the search.
    expect(await opened.page.evaluate('document.activeElement.id')).toBe('main');
    await opened.page.keyboard.press('/');
    expect(await opened.page.evaluate('document.activeElement.id')).toBe('search');
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

  test('an unblock is one click, and its undoing another: with the reason and the end that it had', async () => {
    service.answers = {
      getProtectedUser: () => refused(404, 'user: is not protected'),
      lookupUsers: () => ({ body: { data: [before], reconciled_at: AT } }),
      unblockUsers: () => ({ body: { ...product, block_users: { removed_users: [done] } } }),
      blockUsers: () => ({ body: { ...product, block_users: { added_users: [done] } } }),
    };
    const opened = await open(`#/user/${USER}`);
    await opened.page.getByRole('button', { name: 'Unblock', exact: true }).click();
    await opened.page.getByText(`Unblocked +${USER}`).waitFor();
    expect(sent('DELETE')).toEqual([[`/${NUMBER}/block_users`, { ...product, block_users: [{ user: USER }] }]]);
    await opened.expectAccessible('with a message');
    // It stays, wherever the person goes.
    await opened.goTo('#/jobs');
    await opened.page.getByRole('button', { name: 'Undo' }).click();
    await opened.page.getByText(`Undone: Blocked +${USER}`).waitFor();
    const { reason, reason_code, expires_at } = before;
    expect(sent('POST')).toEqual([
      [
        `/${NUMBER}/block_users`,
        { ...product, block_users: [{ user: USER }], reason, reason_code, expires_at, defer: true },
      ],
    ]);
    await opened.page.getByRole('button', { name: 'Dismiss' }).click();
    expect(await opened.text()).not.toContain('Undone');
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
    expect(await opened.page.evaluate('document.activeElement.name')).toBe('reason_code');
    await opened.page.keyboard.type('fraud');
    await opened.page.getByLabel('Note').fill('asks for codes');
    await opened.page.getByLabel('For how long').selectOption('7 days');
    await opened.expectAccessible('block form');
    await opened.page.getByRole('button', { name: 'Block on 2 numbers' }).click();
    await opened.page.getByText('The list of this number is full').waitFor();
    const terms = { reason: 'asks for codes', reason_code: 'fraud', expires_in: 604_800, defer: true };
    const body = { ...product, block_users: [{ user: USER }], ...terms };
    expect(sent('POST')).toEqual([
      [`/${NUMBER}/block_users`, body],
      [`/${OTHER}/block_users`, body],
    ]);
    await opened.page.getByRole('button', { name: 'Undo' }).click();
    await opened.page.getByText('Undone: Unblocked').waitFor();
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
    await opened.page.getByLabel('Reason code').selectOption('test');
    await opened.page.getByRole('button', { name: 'Protect', exact: true }).click();
    await opened.page.getByText('Protected +1 650 555 9999').waitFor();
    const people = service.calls.map(({ method, headers }) => [method, headers.get('x-on-behalf-of')]);
    expect(people.filter(([method]) => method !== 'GET')).toEqual([['PUT', 'ana@support']]);
    expect(people.filter(([method, person]) => method === 'GET' && person !== null)).toEqual([]);
  });
});

describe('a deployment that requires a reason', () => {
  const requires = (require_reason: 'code' | 'text'): Answers => ({
    listNumbersInUse: () => {
      const { body } = exampleOf('listNumbersInUse');
      return { body: { ...Object(body), reason_codes: ['chargeback', 'minor'], require_reason } };
    },
    getProtectedUser: () => refused(404, 'user: is not protected'),
    unblockUsers: () => ({
      body: { messaging_product: 'whatsapp', block_users: { removed_users: [{ input: USER, wa_id: USER }] } },
    }),
  });

  test('is asked for a code, one of its own, before anything is sent', async () => {
    service.answers = requires('code');
    const opened = await open(`#/user/${USER}`);
    await opened.page.getByRole('button', { name: 'Unblock…', exact: true }).click();
    const codes = opened.page.getByLabel('Reason code');
    expect(await codes.locator('option').allInnerTexts()).toEqual(['Choose one…', 'chargeback', 'minor']);
    await opened.page.getByRole('button', { name: 'Unblock', exact: true }).first().click();
    await opened.expectAccessible('a code is missing');
    expect(sent('DELETE')).toEqual([]);
    await codes.selectOption('minor');
    await opened.page.getByRole('button', { name: 'Unblock', exact: true }).first().click();
    await opened.page.getByText(`Unblocked +${USER}`).waitFor();
    expect(sent('DELETE').map(([, body]) => body.reason_code)).toEqual(['minor']);
  });

  test('is asked for a note that says something, also to protect, to end that, and to undo a job', async () => {
    service.answers = requires('text');
    const opened = await open(`#/user/${USER}`);
    const { page: it } = opened;
    await it.getByRole('button', { name: 'Protect…' }).click();
    await it.getByLabel('Note').fill('   ');
    await it.getByRole('button', { name: 'Protect', exact: true }).click();
    expect(sent('PUT')).toEqual([]);
    await it.getByLabel('Note').fill('our own phone');
    await it.getByRole('button', { name: 'Protect', exact: true }).click();
    await it.getByText('Protected +').waitFor();
    expect(sent('PUT')).toEqual([[`/protected_users/${USER}`, { reason: 'our own phone' }]]);

    await opened.goTo('#/protected');
    await it
      .getByRole('button', { name: /^End the protection of/ })
      .first()
      .click();
    await it.getByLabel('Note').last().fill('sold');
    await opened.expectAccessible('end of a protection');
    await it.getByRole('button', { name: 'End protection' }).click();
    await it.getByText('No longer protected').waitFor();
    expect(sent('DELETE').map(([, body]) => body)).toEqual([{ reason: 'sold' }]);

    service.answers = {
      ...service.answers,
      getJob: () => ({ body: endedJob }),
      revertJob: () => ({ status: 202, body: job('queued') }),
    };
    await opened.goTo(`#/jobs/${JOB}`);
    await it.getByRole('button', { name: 'Undo the job…' }).click();
    await opened.expectAccessible('undo of a job');
    await it.getByRole('button', { name: 'Undo the job', exact: true }).click();
    expect(sent('POST')).toEqual([]);
    await it.getByLabel('Note').fill('wrong file');
    await it.getByRole('button', { name: 'Undo the job', exact: true }).click();
    await it.getByText('A job undoes what this one did').waitFor();
    expect(sent('POST')).toEqual([[`/jobs/${JOB}/revert`, { reason: 'wrong file' }]]);
  });

  test('as long as its codes cannot be read, any can be typed, and the service says what it knows', async () => {
    service.answers = {
      listNumbersInUse: () => refused(403, 'no'),
      getProtectedUser: () => refused(404, 'user: is not protected'),
    };
    const opened = await open(`#/user/${USER}`);
    await opened.page.getByRole('button', { name: 'Protect…' }).click();
    await opened.page.getByLabel('Reason code').fill('typed');
    await opened.expectAccessible('codes that are not known');
    service.answers = { listNumbersInUse: requires('code').listNumbersInUse ?? (() => refused(403, 'no')) };
    // Whoever opens a form again is offered them.
    await opened.page.keyboard.press('Escape');
    await opened.goTo('#/protected');
    await opened.page.locator('select[name=reason_code]').waitFor();
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

describe('an erasure', () => {
  const receipt = {
    erased: { numbers: 2, events: 5, items: 2, aliases: 1 },
    standing: [{ phone_number_id: NUMBER, state: 'blocked', code: 131047 }],
    remains: [
      { where: 'jobs', until: '2027-01-31T10:00:00.000Z', job_ids: [JOB], why: 'These jobs changed the user' },
      { where: 'graph', why: "Graph's own list has them" },
    ],
  };

  test('is done after the id was typed; then there is its receipt, on the page and to save', async () => {
    service.answers = { eraseUser: () => ({ body: receipt }) };
    const opened = await open(`#/user/${USER}`);
    const { page: it } = opened;
    await it.getByRole('link', { name: 'Erase this person…' }).click();
    const button = it.getByRole('button', { name: 'Erase for good' });
    expect(await button.isDisabled()).toBe(true);
    await it.getByLabel('To confirm, type the id').fill('+1 650 555 1235');
    expect(await button.isDisabled()).toBe(true);
    await it.getByLabel('To confirm, type the id').fill('+1 (650) 555-1234');
    await it.getByLabel('Unblock them first').check();
    await it.getByLabel('Only some').check();
    await it.getByLabel(NUMBER, { exact: true }).uncheck();
    expect(await button.isDisabled()).toBe(true);
    await it.getByLabel(NUMBER, { exact: true }).check();
    await opened.expectAccessible('erasure');
    expect(sent('POST')).toEqual([]);
    await button.click();
    await it.getByText(`Erased: +${USER}`).waitFor();
    expect(sent('POST')).toEqual([[`/users/${USER}/erase`, { unblock: true, phone_number_ids: [NUMBER] }]]);
    const text = await opened.text();
    for (const part of [
      '1 block stands',
      'code 131047',
      'These jobs changed the user',
      JOB,
      "WhatsApp's own list",
      'no end',
    ])
      expect(text).toContain(part);
    await opened.expectAccessible('receipt');
    const [file] = await Promise.all([
      it.waitForEvent('download'),
      it.getByRole('button', { name: 'Save the receipt' }).click(),
    ]);
    expect(file.suggestedFilename()).toMatch(/^erased-\d{4}-\d\d-\d\d\.json$/);
    expect(JSON.parse(readFileSync(await file.path(), 'utf8'))).toEqual(receipt);
  });

  test('that has not ended is sent again, the same; whoever may not do it is told', async () => {
    service.answers = { eraseUser: () => refused(503, 'Not everything is erased yet', { 'retry-after': '1' }) };
    const opened = await open('#/erase/US.13491208655302741918');
    const { page: it } = opened;
    await it.getByLabel('To confirm, type the id').fill('US.13491208655302741918');
    await it.getByRole('button', { name: 'Erase for good' }).click();
    await it.getByText('Not everything is erased yet').waitFor();
    await opened.expectAccessible('not yet erased');
    service.answers = { eraseUser: () => refused(403, 'User is not authorized') };
    await it.getByRole('button', { name: 'Try again' }).click();
    await it.getByText('You may not do this').waitFor();
    const call = ['/users/US.13491208655302741918/erase', {}];
    expect(sent('POST')).toEqual([call, call]);
  });
});

test('a key is made for what it may do, on some numbers, for some days; it is shown this once', async () => {
  const opened = await open('#/keys');
  const { page: it } = opened;
  await it.getByRole('button', { name: 'Make a key…' }).click();
  expect(await it.evaluate('document.activeElement.name')).toBe('name');
  await it.getByLabel('Name of the caller').fill('support desk');
  await it.getByLabel('write: also').check();
  await it.getByLabel('Only some').check();
  await it.getByLabel(NUMBER, { exact: true }).check();
  await it.getByLabel('Works for so many days').fill('731');
  await it.getByRole('button', { name: 'Make the key' }).click();
  // Neither the name nor the days will do.
  await it.getByLabel('Name of the caller').fill('support-desk');
  await it.getByRole('button', { name: 'Make the key' }).click();
  await opened.expectAccessible('key form');
  expect(sent('POST')).toEqual([]);
  await it.getByLabel('Works for so many days').fill('90');
  await it.getByRole('button', { name: 'Make the key' }).click();
  await it.getByText('it is shown this once').waitFor();
  await opened.expectAccessible('a key');
  const body = { name: 'support-desk', scopes: ['read', 'write'], phone_number_ids: [NUMBER], expires_in: 7_776_000 };
  expect(sent('POST')).toEqual([['/keys', body]]);
  await it.getByRole('button', { name: 'I have saved it' }).click();
  expect(await opened.text()).not.toContain('it is shown this once');
});

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
    body: { batch_id: JOB.split('-')[1], data: [job(status)] },
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
    service.answers = { createJobs: () => made() };
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

const endedJob = {
  ...job('succeeded'),
  users: { total: 1, succeeded: 1, failed: 0, deferred: 0, remaining: 0 },
  finished_at: AT,
};

function job(status: string) {
  const by = 'arn:aws:iam::1:role/a';
  return {
    id: JOB,
    phone_number_id: NUMBER,
    action: 'block',
    status,
    users: { total: 1, succeeded: 0, failed: 0, deferred: 0, remaining: 1 },
    chunks: { total: 1, done: 0, failed: 0 },
    created_at: AT,
    requested_by: by,
    activity: [{ at: AT, verb: 'created', actor: by }],
  };
}
