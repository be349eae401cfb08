/** `npm run docs`: writes docs/openapi.html, the contract as a page for people, in one file that loads nothing from elsewhere. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../lib/project-root.ts';

const REDOCLY = join(PROJECT_ROOT, 'node_modules/@redocly/cli/bin/cli.js');
const DOCUMENT = join(PROJECT_ROOT, 'docs/openapi.json');
/** The tool reports home and looks for newer versions of itself unless told otherwise. */
const QUIET = { REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };
/** Its page has a logo that it would load from its maker's servers; with this, browsers load nothing that is not in the page. */
const POLICY =
  "default-src 'none'; script-src 'unsafe-inline' blob:; worker-src blob:; style-src 'unsafe-inline'; img-src data:; font-src data:";

export function writePage(output: string): void {
  redocly('build-docs', DOCUMENT, '--inlineBundle', '--output', output);
  const page = readFileSync(output, 'utf8');
  const head = '<head>';
  if (!page.includes(head)) throw new Error('The page has no head to put its policy into');
  writeFileSync(output, page.replace(head, `${head}<meta http-equiv="Content-Security-Policy" content="${POLICY}">`));
}

/** @throws Error with what the tool said if it did not succeed */
export function redocly(...args: readonly string[]): void {
  execFileSync(process.execPath, [REDOCLY, ...args], { env: { ...process.env, ...QUIET }, stdio: 'pipe' });
}

if (import.meta.main) writePage(join(PROJECT_ROOT, 'docs/openapi.html'));
