import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { buildPage } from '../console/build-page.ts';

/**
 * Makes the command line one file without dependencies, for Node.js 20 and later: `npm pack ./cli` puts it into a package that
 * runs without this repository.
 */
await build({
  entryPoints: [join(import.meta.dirname, '..', 'bin', 'blocklist.ts')],
  outfile: join(import.meta.dirname, 'dist', 'blocklist.mjs'),
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'linked',
  // Libraries that are CommonJS ask for modules of Node.js in that way.
  banner: { js: "import { createRequire } from 'node:module';const require = createRequire(import.meta.url);" },
  // Only the repository builds the page of the console; the package has it.
  external: ['esbuild'],
  logLevel: 'warning',
});
const page = join(import.meta.dirname, 'dist', 'page');
await mkdir(page, { recursive: true });
for (const [name, text] of await buildPage()) await writeFile(join(page, name), text);
