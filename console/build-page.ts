import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** Builds the page: the text of each of its files, by its name. */
export async function buildPage(): Promise<ReadonlyMap<string, string>> {
  // Loaded here, so that the packed command line, whose page is built, does without it.
  const { build } = await import('esbuild');
  const source = join(import.meta.dirname, 'page');
  const { outputFiles } = await build({
    // Where the libraries are looked for, wherever the command was started.
    absWorkingDir: join(import.meta.dirname, '..'),
    entryPoints: { console: join(source, 'main.tsx') },
    // Nothing is written: several consoles may start at the same time.
    write: false,
    outdir: source,
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
  const made = outputFiles.map(({ path, text }) => [basename(path), text] as const);
  const copied = ['index.html', 'icon.svg'].map(async (file) => {
    return [file, await readFile(join(source, file), 'utf8')] as const;
  });
  return new Map([...made, ...(await Promise.all(copied))]);
}
