/** `npm run docs:pictures`: pictures of the console in docs/pictures/, with the demo's list in a stack on this machine. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { accepted as acceptedAnswer } from '../lambdas/openapi/change.ts';
import { PROJECT_ROOT } from '../lib/project-root.ts';
import { callApi } from './api-client.ts';
import { abortOnSignal } from './cloud/abort-on-signal.ts';
import { startLocalStack } from './cloud/local-stack.ts';
import type { StackInfo } from './cloud/stack-info.ts';
import { launchChromium } from './console/chromium.ts';
import { serveLocalConsole } from './console/serve-local.ts';
import { type ShownPage, showPage } from './console/show-page.ts';
import { DEMO_NUMBER } from './demo/make-list.ts';
import { readUserList } from './demo/read-list.ts';
import { startSchema } from './graph-simulator/options.ts';

const DEMO = join(import.meta.dirname, 'demo');
const FOLDER = join(PROJECT_ROOT, 'docs', 'pictures');
const OTHER_NUMBER = '106540352242923';
const USER = '16505551234';
/** Smaller chunks and a Graph that takes its time, so that there is progress to see. */
const CONTEXT = { chunkSize: '250' };
const LATENCY = { fixedMs: 700, perUserMs: 1, jitterMs: 100 };
const WIDTH = 1200;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const CHANGES = [
  { number: DEMO_NUMBER, person: 'ana@support', more: { reason_code: 'spam', reason: 'the same advert, 40 times' } },
  { method: 'DELETE', number: DEMO_NUMBER, person: 'bo@support', more: { reason: 'said it was their child' } },
  {
    number: DEMO_NUMBER,
    person: 'ana@support',
    more: { reason_code: 'harassment', reason: 'ticket 4711: threatens agents', expires_in: 2_592_000 },
  },
  {
    number: OTHER_NUMBER,
    person: 'ana@support',
    more: { reason_code: 'harassment', reason: 'ticket 4711: threatens agents' },
  },
] as const;

/** What the pictures show beside the demo's list: one user with a history on two numbers, and somebody protected. */
async function seed(stack: StackInfo): Promise<void> {
  for (const { number, person, more, ...change } of CHANGES) {
    await callApi(stack, {
      method: 'method' in change ? change.method : 'POST',
      path: `/v25.0/${number}/block_users`,
      body: { messaging_product: 'whatsapp', block_users: [{ user: `+${USER}` }], ...more },
      headers: { 'x-on-behalf-of': person },
    });
  }
  const reason = 'our own test phone';
  await callApi(stack, { method: 'PUT', path: '/protected_users/16505559999', body: { reason } });
  for (const number of [DEMO_NUMBER, OTHER_NUMBER])
    await callApi(stack, { method: 'POST', path: `/v25.0/${number}/blocklist/reconcile` });
}

async function importDemo(stack: StackInfo): Promise<string> {
  const users = readUserList(join(DEMO, 'users.csv'));
  const body = {
    messaging_product: 'whatsapp',
    block_users: users.map((user) => ({ user })),
    reason: 'imported from the support list',
    reason_code: 'spam',
  };
  const headers = { 'x-on-behalf-of': 'ana@support' };
  const answer = await callApi(stack, { method: 'POST', path: `/v25.0/${DEMO_NUMBER}/block_users`, body, headers });
  return acceptedAnswer.parse(answer.body).job.id;
}

async function take(page: Page, name: string, shown: ShownPage): Promise<void> {
  await showPage(page, shown);
  await page.screenshot({ path: join(FOLDER, `${name}.png`) });
  say(`docs/pictures/${name}.png`);
}

async function main(): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  const signal = abortOnSignal();
  const world = startSchema.parse(JSON.parse(readFileSync(join(DEMO, 'world.json'), 'utf8')));
  const stack = await startLocalStack({
    simulatorOptions: { ...world, latency: LATENCY },
    context: CONTEXT,
    log: say,
    signal,
  });
  const stop = new AbortController();
  try {
    await seed(stack.info);
    const { url, ended } = await serveLocalConsole({
      stack: stack.info,
      signal: stop.signal,
      service: 'https://abc123.execute-api.eu-west-1.amazonaws.com/prod',
    });
    const browser = await launchChromium();
    const page = await browser.newPage({ viewport: { width: WIDTH, height: 760 }, reducedMotion: 'reduce' });
    await page.goto(url);
    await take(page, 'user', { hash: `#/user/${USER}`, until: 'Blocked on all 2 numbers' });
    const job = await importDemo(stack.info);
    await page.evaluate(`location.hash = '#/jobs/${job}'`);
    await page
      .getByText(/^1,\d\d\d of 2,\d+ done/)
      .first()
      .waitFor({ timeout: 120_000 });
    await take(page, 'job', { hash: `#/jobs/${job}`, until: 'left' });
    await page
      .getByText(/Some not done|left out/)
      .first()
      .waitFor({ timeout: 120_000 });
    await take(page, 'numbers', { hash: '#/', until: 'Newest jobs' });
    await take(page, 'list', { hash: `#/list/${DEMO_NUMBER}`, until: 'Load more' });
    await page.evaluate(`location.hash = '#/user/${USER}'`);
    await page.getByRole('button', { name: 'Unblock on 2 numbers…' }).click();
    await page.getByRole('button', { name: 'Unblock on 2 numbers', exact: true }).click();
    await page.getByText('Unblocked').first().waitFor();
    await take(page, 'undo', { hash: `#/user/${USER}`, until: 'Undo' });
    await browser.close();
    stop.abort();
    await ended;
  } finally {
    stop.abort();
    await stack.stop();
  }
}

await main();
process.exit(0);
