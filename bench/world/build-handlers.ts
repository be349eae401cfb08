import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { bundle, bundleFunctions, writeBundle } from '../../lib/bundling.ts';
import { PROJECT_ROOT } from '../../lib/project-root.ts';

/** Where what the benchmark makes is kept; ignored by git. */
export const WORK = join(import.meta.dirname, '../../.local/bench');

/** What `NodejsFunction` does when it is told nothing, with the SDK in the bundle: there is no Lambda here to bring it. */
const CDK_DEFAULTS: BuildOptions = { format: 'cjs', target: 'node24', mainFields: ['main', 'module'] };

export interface BuiltHandler {
  readonly file: string;
  /** Of all that it loads, without maps. */
  readonly bytes: number;
}

let functions: ReturnType<typeof bundleFunctions> | undefined;

/** Bundles a handler of the service, or a module of the benchmark that is called like one (a path with a slash). */
export async function buildHandler(
  handler: string,
  as: 'deployed' | 'cdk-defaults' = 'deployed',
): Promise<BuiltHandler> {
  const directory = join(WORK, as, handler.replaceAll('/', '-'));
  const entryPoint = handler.includes('/') ? `${handler}.ts` : `lambdas/handlers/${handler}.ts`;
  if (as === 'cdk-defaults') return buildByDefaults(entryPoint, join(directory, 'index.cjs'));
  // As they are deployed: all in one run.
  functions ??= bundleFunctions();
  const built = (await functions).get(entryPoint) ?? (await bundle([entryPoint])).get(entryPoint);
  if (!built) throw new Error(`There is no ${entryPoint}`);
  writeBundle(built, directory);
  const bytes = [...built.modules.values()].reduce((sum, { code }) => sum + code.length, 0);
  return { file: join(directory, 'index.mjs'), bytes };
}

async function buildByDefaults(entryPoint: string, outfile: string): Promise<BuiltHandler> {
  mkdirSync(WORK, { recursive: true });
  await build({
    ...CDK_DEFAULTS,
    absWorkingDir: PROJECT_ROOT,
    entryPoints: [entryPoint],
    outfile,
    bundle: true,
    platform: 'node',
    logLevel: 'error',
  });
  return { file: outfile, bytes: statSync(outfile).size };
}
