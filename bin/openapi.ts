/**
 * `npm run openapi`: writes docs/openapi.json, and docs/events/*.json, a schema for each event. With `--check` it only fails if
 * a file is not what the code says.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openApiDocument } from '../lambdas/openapi/document.ts';
import { EVENT_TYPES, eventFile, eventJsonSchema } from '../lambdas/openapi/events.ts';
import { PROJECT_ROOT } from '../lib/project-root.ts';

const FILES = new Map<string, unknown>([
  ['docs/openapi.json', openApiDocument()],
  ...EVENT_TYPES.map((type) => [`docs/events/${eventFile(type)}`, eventJsonSchema(type)] as const),
]);

for (const [file, content] of FILES) {
  const path = join(PROJECT_ROOT, file);
  const text = `${JSON.stringify(content, null, 2)}\n`;
  if (!process.argv.includes('--check')) writeFileSync(path, text);
  else if (read(path) !== text) {
    process.stderr.write(`${file} is not what lambdas/openapi/ says; write it with: npm run openapi\n`);
    process.exitCode = 1;
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
