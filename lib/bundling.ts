import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type BuildOptions, build, type Metafile } from 'esbuild';
import { API_HANDLERS, RECONCILIATION_HANDLERS, SCHEDULED_HANDLERS, WORKFLOW_HANDLERS } from '../lambdas/contract.ts';
import { PROJECT_ROOT } from './project-root.ts';
import { trimLibraries } from './trim-libraries.ts';

/** The handlers of all functions. */
export const HANDLERS = [API_HANDLERS, WORKFLOW_HANDLERS, RECONCILIATION_HANDLERS, SCHEDULED_HANDLERS].flatMap(
  (handlers) => Object.values(handlers),
);

/** Modules that a function gets something smaller or faster for. Paths are from the root of the project. */
const IN_PLACE_OF = {
  '@aws-sdk/credential-provider-node': './lambdas/bundled/credential-provider-node.ts',
  '@aws-sdk/middleware-endpoint-discovery': './lambdas/bundled/middleware-endpoint-discovery.ts',
  '@smithy/core/event-streams': './lambdas/bundled/event-streams.ts',
  'node:http': './lambdas/bundled/node-http.ts',
  'node:https': './lambdas/bundled/node-https.ts',
};

/** How the code of every function is made. What each of it gives: `docs/adr/0010-what-a-bundle-holds.md`. */
const OPTIONS = {
  absWorkingDir: PROJECT_ROOT,
  // Nothing is written there. Source maps name their sources from it, so that the code is the same wherever it is written.
  outdir: 'code',
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  // What several functions load is a module of its own, so that all of them come out of one run.
  splitting: true,
  chunkNames: 'shared-[hash]',
  outExtension: { '.js': '.mjs' },
  mainFields: ['module', 'main'],
  minify: true,
  // Read by people and tools after the fact. Node's own use of them costs a cold start 9 ms, so it stays off.
  sourcemap: true,
  sourcesContent: false,
  // The SDK goes along: one version, the one that was tested, and no search for it at start.
  alias: IN_PLACE_OF,
  plugins: [trimLibraries()],
  logLevel: 'warning',
  metafile: true,
  write: false,
} as const satisfies BuildOptions;

/** A module as Node loads it, with its source map. */
interface Module {
  readonly code: Uint8Array;
  readonly map: Uint8Array;
}

/** The modules of one entry point: all that it can come to load, its own first. */
export interface Bundle {
  readonly modules: ReadonlyMap<string, Module>;
}

/** Bundles modules of the project, each named by its path from the root, in one run. */
export async function bundle(entryPoints: readonly string[]): Promise<Map<string, Bundle>> {
  const { metafile, outputFiles } = await build({ ...OPTIONS, entryPoints: [...entryPoints] });
  const written = new Map(outputFiles.map(({ path, contents }) => [basename(path), contents]));
  const moduleOf = (name: string): Module => ({
    code: written.get(name) ?? missing(name),
    map: written.get(`${name}.map`) ?? missing(`${name}.map`),
  });
  return new Map(
    entryPoints.map((entryPoint) => {
      const names = loadedBy(entryPoint, metafile);
      return [entryPoint, { modules: new Map(names.map((name) => [name, moduleOf(name)])) }] as const;
    }),
  );
}

/** Names of the modules that an entry point imports, at once or while it runs. */
function loadedBy(entryPoint: string, { outputs }: Metafile): string[] {
  const [first = missing(entryPoint)] = Object.keys(outputs).filter((path) => outputs[path]?.entryPoint === entryPoint);
  const found = new Set([first]);
  // A set tells of what is added to it while it is walked.
  for (const path of found) {
    for (const { path: imported, external } of outputs[path]?.imports ?? []) if (!external) found.add(imported);
  }
  return [...found].map((path) => basename(path));
}

function missing(name: string): never {
  throw new Error(`esbuild has made no ${name}`);
}

/** The bundles of all functions, by the paths of their handlers. */
export const bundleFunctions = () => bundle(HANDLERS.map((handler) => `lambdas/handlers/${handler}.ts`));

/** Puts the code of every function into a folder of its handler's name below `directory`. */
export async function writeCode(directory: string): Promise<void> {
  for (const [entryPoint, one] of await bundleFunctions())
    writeBundle(one, join(directory, basename(entryPoint, '.ts')));
}

/** Puts a bundle into a folder of its own, as `index.mjs` and what that loads. */
export function writeBundle({ modules }: Bundle, directory: string): void {
  // What an earlier build has left there would go along.
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  const [entry] = modules.keys();
  for (const [name, { code, map }] of modules) {
    writeFileSync(join(directory, name === entry ? 'index.mjs' : name), code);
    writeFileSync(join(directory, `${name}.map`), map);
  }
}
