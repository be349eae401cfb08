/** `npm run openapi`: writes docs/openapi.json. With `--check` it only fails if the file is not what the code says. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openApiDocument } from '../lambdas/openapi/document.ts';
import { PROJECT_ROOT } from '../lib/project-root.ts';

const FILE = join(PROJECT_ROOT, 'docs/openapi.json');
const text = `${JSON.stringify(openApiDocument(), null, 2)}\n`;

if (!process.argv.includes('--check')) writeFileSync(FILE, text);
else if (readFileSync(FILE, 'utf8') !== text) {
  process.stderr.write('docs/openapi.json is not what lambdas/openapi/ says; write it with: npm run openapi\n');
  process.exitCode = 1;
}
