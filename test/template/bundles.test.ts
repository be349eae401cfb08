import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import * as z from 'zod';
import { handlersOf } from '../../lambdas/contract/functions.ts';
import { writeCode } from '../../lib/bundling.ts';
import recordedCalls from '../support/recorded-calls.json' with { type: 'json' };

/** Bytes of the largest bundle: what a cold start reads and compiles. */
const LARGEST_BUNDLE = 330_000;
/** Bytes of those that give what they know by themselves: no SDK, nothing of what others need; the one has the document. */
const HOLDS_NO_CLIENT: Readonly<Record<string, number>> = { health: 70_000, 'get-open-api': 260_000 };
/** An erasure needs every store, and nobody minds its cold start. */
const HOLDS_MORE: Readonly<Record<string, number>> = { 'erase-user': 346_500 };

const HANDLERS = handlersOf();
/** What the code of each client has in it, by the service that is called. */
const CLIENTS = {
  dynamodb: 'DynamoDB_20120810',
  secretsmanager: 'secretsmanager.',
  states: 'AWSStepFunctions',
  events: 'AWSEvents',
  graph: 'The connection to Graph failed',
};
/** What each function was seen to call; who reads a token calls Graph. */
const CALLS = z.record(z.string(), z.array(z.string())).parse(recordedCalls);

const sourceMap = z.object({ sources: z.array(z.string()) });

let directory: string;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'blocklist-bundles-'));
  await writeCode(directory);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const codeOf = (handler: string): string => readFileSync(join(directory, handler, 'index.mjs'), 'utf8');

it.each(HANDLERS)('%s is one module with its source map beside it, and small', (handler) => {
  expect(readdirSync(join(directory, handler)).sort()).toEqual(['index.mjs', 'index.mjs.map']);
  const largest = HOLDS_NO_CLIENT[handler] ?? HOLDS_MORE[handler] ?? LARGEST_BUNDLE;
  expect(statSync(join(directory, handler, 'index.mjs')).size).toBeLessThan(largest);
  const map = JSON.parse(readFileSync(join(directory, handler, 'index.mjs.map'), 'utf8'));
  expect(map.sources).toContain(`../../lambdas/handlers/${handler}.ts`);
  expect(map.sourcesContent).toBeUndefined();
});

it.each(HANDLERS)('%s loads the clients of what it calls, and of nothing else', (handler) => {
  const calls = CALLS[handler] ?? [];
  const called = Object.keys(CLIENTS).filter((service) =>
    calls.some((call) => call.startsWith(`${service === 'graph' ? 'secretsmanager' : service}:`)),
  );
  const code = codeOf(handler);
  const loaded = Object.entries(CLIENTS).flatMap(([service, text]) => (code.includes(text) ? [service] : []));
  expect(loaded).toEqual(called);
});

it.each(HANDLERS)('%s loads neither undici nor what is for another place than Lambda', (handler) => {
  const code = codeOf(handler);
  const elsewhere = ['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI', 'sso_account_id', '.aws/config', '169.254.169.254'];
  const unwanted = [...elsewhere, '"aws-sdk-js"', 'loggerMiddleware', 'RFC-7231', 'NodeVersionSupportWarning'];
  expect(unwanted.filter((text) => code.includes(text))).toEqual([]);
  expect(/from ?"(?:node:)?https?"/.test(code)).toBe(false);
});

it.each(HANDLERS)('%s carries no schema of an answer, and zod in its small form only', (handler) => {
  const { sources } = sourceMap.parse(JSON.parse(readFileSync(join(directory, handler, 'index.mjs.map'), 'utf8')));
  expect(sources.filter((source) => /lambdas\/openapi\/|zod\/v4\/classic\//.test(source))).toEqual([]);
});

it.each(HANDLERS)('%s loads no module while it runs', (handler) => {
  // What esbuild writes for a `require` in a CommonJS module: in an ES module it always throws.
  expect(codeOf(handler)).not.toContain('Dynamic require of');
});

it('an error of AWS keeps its class only if an adapter checks for it', () => {
  const classes = ['ConditionalCheckFailedException', 'TransactionCanceledException', 'ExecutionAlreadyExists'];
  const code = codeOf('block-users');
  expect(classes.filter((name) => !code.includes(`name="${name}"`))).toEqual([]);
  expect(code).not.toMatch(/BackupInUseException|ActivityDoesNotExist/);
});

it('the code of a function is the same, byte for byte, when it is built again, elsewhere and alone', async () => {
  const again = mkdtempSync(join(tmpdir(), 'blocklist-bundles-again-'));
  try {
    await writeCode(again, ['lambdas/handlers/block-users.ts']);
    expect(digest(join(again, 'block-users'))).toBe(digest(join(directory, 'block-users')));
  } finally {
    rmSync(again, { recursive: true, force: true });
  }
});

it.each(HANDLERS)(
  '%s loads on Node 24, with no module beside it and no setting, and exports its handler',
  async (handler) => {
    const module = pathToFileURL(join(directory, handler, 'index.mjs')).href;
    const script = `console.log(typeof (await import(${JSON.stringify(module)})).handler)`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { env: {} });
    expect(stdout.trim()).toBe('function');
  },
);

function digest(folder: string): string {
  const hash = createHash('sha256');
  for (const file of readdirSync(folder).sort()) hash.update(file).update(readFileSync(join(folder, file)));
  return hash.digest('hex');
}
