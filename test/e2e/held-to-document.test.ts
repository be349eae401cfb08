/** The deployed API for keys, held to `docs/openapi.json` by Schemathesis: what it draws from the document is answered as it says. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { installPythonPackage } from '../../local/cloud/install-python-package.ts';
import { PROJECT_DIRECTORY } from '../../local/cloud/paths.ts';
import { makeKey } from './support/keys.ts';
import { phoneNumberId } from './support/numbers.ts';
import { place } from './support/place.ts';
import { calmAfterEach } from './support/simulator.ts';

calmAfterEach();

/** All calls are for one number, so that no other test finds what they leave. */
const NUMBER = phoneNumberId('held to its document');
const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
];
const OPTIONS = [
  ...['--phases', 'examples,coverage,fuzzing', '--max-examples', '3', '--max-time', '60'],
  ...['--checks', CHECKS.join(','), '--generation-deterministic'],
  ...['--request-timeout', '40', '--continue-on-failure', '--no-color', '--suppress-health-check', 'all'],
  // They are for signed callers only, and the last end what was begun: of a job that was made up there is nothing to end.
  ...['--exclude-path-regex', '^/keys'],
];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'blocklist-schemathesis-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function schemathesis(args: readonly string[]) {
  const { python, env } = await installPythonPackage('schemathesis', { log: console.log });
  const child = spawn(python, ['-m', 'schemathesis.cli', ...args], {
    cwd: folder,
    env: { ...env, PATH: process.env.PATH ?? '', NO_PROXY: '*', COLUMNS: '200' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code: child.exitCode, output: output + errors };
}

test('whatever is drawn from the document is answered with a status and a shape that it has, and never with a 5xx', async () => {
  const { key } = await makeKey({ name: 'schemathesis', scopes: ['operate', 'webhook'], phone_number_ids: [NUMBER] });
  const config = join(folder, 'schemathesis.toml');
  writeFileSync(config, `[parameters]\n"path.phoneNumberId" = "${NUMBER}"\n"path.version" = "v25.0"\n`);
  const document = join(PROJECT_DIRECTORY, 'docs/openapi.json');
  const target = ['--url', place.stack.keyApiUrl, '--header', `Authorization: Bearer ${key}`];
  const { code, output } = await schemathesis(['--config-file', config, 'run', document, ...target, ...OPTIONS]);
  expect(code, output).toBe(0);
  const [, selected] = /Selected: (\d+)\/\d+/.exec(output) ?? [];
  expect(output).toContain(`Tested: ${selected}\n`);
  const [, generated = 0] = /(\d+) generated, \1 passed/.exec(output) ?? [];
  expect(Number(generated), output).toBeGreaterThan(20);
});
