import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** What the browser loads: a file's text, by the path at which it is asked for. */
export type Page = ReadonlyMap<string, { readonly type: string; readonly text: string }>;

/** The files of the page, and the paths at which they are asked for. */
export const PAGE_FILES = [
  { path: '/', file: 'index.html', type: 'text/html; charset=utf-8' },
  { path: '/console.js', file: 'console.js', type: 'text/javascript; charset=utf-8' },
  { path: '/console.css', file: 'console.css', type: 'text/css; charset=utf-8' },
  { path: '/icon.svg', file: 'icon.svg', type: 'image/svg+xml' },
] as const;

/** Beside the program in the package; in the repository the page is built now, from its source. */
export async function loadPage(): Promise<Page> {
  const packed = fileURLToPath(new URL('page/', import.meta.url));
  const found = await readPage(packed);
  if (found !== undefined) return found;
  const { buildPage } = await import('../build-page.ts');
  const built = await buildPage();
  return new Map(PAGE_FILES.map(({ path, file, type }) => [path, { type, text: built.get(file) ?? missing(file) }]));
}

function missing(file: string): never {
  throw new Error(`The page of the console was built without ${file}`);
}

async function readPage(folder: string): Promise<Page | undefined> {
  try {
    const read = PAGE_FILES.map(async ({ path, file, type }) => {
      return [path, { type, text: await readFile(`${folder}/${file}`, 'utf8') }] as const;
    });
    return new Map(await Promise.all(read));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
