import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { handlersOf } from '../lambdas/contract/functions.ts';
import { PROJECT_ROOT } from './project-root.ts';
import { trimLibraries } from './trim-libraries.ts';

/** Modules for which a function gets a smaller or faster replacement. Paths are relative to the root of the project. */
const IN_PLACE_OF = {
  '@aws-sdk/credential-provider-node': './lambdas/bundled/credential-provider-node.ts',
  '@aws-sdk/middleware-endpoint-discovery': './lambdas/bundled/middleware-endpoint-discovery.ts',
  '@smithy/core/event-streams': './lambdas/bundled/event-streams.ts',
  'node:http': './lambdas/bundled/node-http.ts',
  'node:https': './lambdas/bundled/node-https.ts',
};

/** Nothing is written there. Source maps name their sources from it, so that the code is the same wherever it is written. */
const PLACE = join(PROJECT_ROOT, 'code');

/** How the code of every function is built. What each option gives: `docs/adr/0010-what-a-bundle-holds.md`, and 14. */
const OPTIONS = {
  absWorkingDir: PROJECT_ROOT,
  outdir: PLACE,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  mainFields: ['module', 'main'],
  minify: true,
  // For people and tools, afterwards. If Node used them, a cold start would take 9 ms longer, so that stays off.
  sourcemap: true,
  sourcesContent: false,
  // The SDK is in the bundle: the one version that was tested, and no search for it at start.
  alias: IN_PLACE_OF,
  plugins: [trimLibraries()],
  logLevel: 'warning',
  write: false,
} as const satisfies BuildOptions;

/** Writes placeholders for the code, if only a template is needed. */
export function writePlaceholders(directory: string): void {
  for (const handler of handlersOf()) {
    mkdirSync(join(directory, handler), { recursive: true });
    writeFileSync(join(directory, handler, 'index.mjs'), `export const handler = '${handler}';\n`);
  }
}

/**
 * Bundles modules of the project, by default the handlers of all functions, in one run: each becomes `index.mjs` in a folder of
 * its own name below `directory`, with its source map beside it.
 */
export async function writeCode(
  directory: string,
  entryPoints: readonly string[] = handlersOf().map((handler) => `lambdas/handlers/${handler}.ts`),
): Promise<void> {
  const named = entryPoints.map((path) => ({ in: path, out: join(basename(path, '.ts'), 'index') }));
  // Files of an earlier build would become part of an asset.
  for (const { out } of named) rmSync(join(directory, dirname(out)), { recursive: true, force: true });
  const { outputFiles } = await build({ ...OPTIONS, entryPoints: named });
  for (const { path, contents } of outputFiles) {
    const file = join(directory, relative(PLACE, path));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, contents);
  }
}
