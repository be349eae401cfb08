import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { loadPage, type Page } from '../../console/server/page.ts';
import { type ConsoleSettings, serveConsole } from '../../console/server/serve.ts';
import { launchChromium } from '../../local/console/chromium.ts';
import { ConsoleTab, type Look } from './console-browser.ts';
import { ConsoleService, SERVICE } from './console-service.ts';

export const NUMBER = '106540352242922';
export const OTHER = '106540352242923';
export const JOB = `${NUMBER}-01K3B9R6ZC4M8Q2T5V7W9X1Y3Z`;
export const USER = '16505551234';
export const AT = '2026-11-01T12:00:00.000Z';

/** The console of the test that runs. */
interface RunningConsole {
  page: Page;
  url: string;
  stop: AbortController;
  ended: Promise<string> | undefined;
}

/** For each test of a file a console on a service of the test, and a tab of it, in the browser of this machine. */
export function consoleForEach() {
  const service = new ConsoleService();
  const running: RunningConsole = { page: new Map(), url: '', stop: new AbortController(), ended: undefined };
  let browser: Browser | undefined;
  let tab: ConsoleTab | undefined;
  beforeAll(async () => {
    [browser, running.page] = await Promise.all([launchChromium(), loadPage()]);
  });
  afterAll(() => browser?.close());
  beforeEach(() => {
    service.calls.length = 0;
    service.answers = {};
    running.stop = new AbortController();
  });
  afterEach(async () => {
    running.stop.abort();
    await running.ended;
    const open = tab;
    tab = undefined;
    await open?.close();
  });

  async function open(hash = '#/', look?: Look, settings: Partial<ConsoleSettings> = {}): Promise<ConsoleTab> {
    if (browser === undefined) throw new Error('There is no browser yet');
    const { url, ended } = await serveConsole({
      apiUrl: SERVICE,
      authentication: { kind: 'key', key: 'k' },
      fetch: service.fetch,
      signal: running.stop.signal,
      page: running.page,
      facts: { service: SERVICE, read_only: false },
      port: 0,
      idleMs: 600_000,
      ...settings,
    });
    Object.assign(running, { url, ended });
    tab = await ConsoleTab.open(browser, url, look);
    await tab.settled();
    if (hash !== '#/') await tab.goTo(hash);
    return tab;
  }

  /** Paths and bodies of what was sent with a method, without look-ups. */
  function sent(method: string) {
    return service.calls
      .filter((call) => call.method === method && !call.path.endsWith('/lookup'))
      .map(({ path, body }) => [path, JSON.parse(body || '{}')]);
  }

  return { service, running, open, sent };
}

/** A job of one user. */
export function jobOf(status: string) {
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
