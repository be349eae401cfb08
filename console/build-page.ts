import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Where the repository keeps what it builds; not under version control. */
function usualFolder(): string {
  return join(import.meta.dirname, '..', '.local', 'console');
}

/** Bundles the page into `folder`, and gives the folder. */
export async function buildPage(folder = usualFolder()): Promise<string> {
  // Loaded here, so that the packed command line, whose page is built, does without it.
  const { build } = await import('esbuild');
  const source = join(import.meta.dirname, 'page');
  await mkdir(folder, { recursive: true });
  await build({
    // Where the libraries are looked for, wherever the command was started.
    absWorkingDir: join(import.meta.dirname, '..'),
    entryPoints: { console: join(source, 'main.tsx') },
    outdir: folder,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: ['es2022'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    alias: { 'csv-parse/sync': 'csv-parse/browser/esm/sync', 'csv-stringify/sync': 'csv-stringify/browser/esm/sync' },
    legalComments: 'inline',
    logLevel: 'warning',
  });
  for (const file of ['index.html', 'icon.svg']) await cp(join(source, file), join(folder, file));
  return folder;
}
