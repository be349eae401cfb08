import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { BUNDLING } from '../../lib/bundling.ts';

/** Where what the benchmark makes is kept; ignored by git. */
export const WORK = join(import.meta.dirname, '../../.local/bench');

/** Each handler's bundle as it is deployed: the options of `lib/bundling.ts`, in esbuild's own words. */
const OURS: BuildOptions = {
  format: 'esm',
  target: BUNDLING.target ?? 'node24',
  mainFields: [...(BUNDLING.mainFields ?? [])],
  minify: BUNDLING.minify ?? false,
  sourcemap: BUNDLING.sourceMap ?? false,
  sourcesContent: BUNDLING.sourcesContent ?? true,
  alias: Object.fromEntries(
    Object.entries(BUNDLING.esbuildArgs ?? {}).map(([name, path]) => [name.replace(/^--alias:/, ''), String(path)]),
  ),
};

/** What `NodejsFunction` does when it is told nothing, with the SDK in the bundle: there is no Lambda here to bring it. */
const CDK_DEFAULTS: BuildOptions = { format: 'cjs', target: 'node24', mainFields: ['main', 'module'] };

export interface Bundle {
  readonly file: string;
  readonly bytes: number;
}

/** Bundles a handler of the service, or a module of the benchmark that is called like one (a path with a slash). */
export async function buildHandler(handler: string, as: 'deployed' | 'cdk-defaults' = 'deployed'): Promise<Bundle> {
  const directory = join(WORK, as);
  mkdirSync(directory, { recursive: true });
  const root = join(import.meta.dirname, '../..');
  const options = as === 'deployed' ? OURS : CDK_DEFAULTS;
  const file = join(directory, `${handler.replaceAll('/', '-')}.${as === 'deployed' ? 'mjs' : 'cjs'}`);
  await build({
    ...options,
    absWorkingDir: root,
    entryPoints: [handler.includes('/') ? `${handler}.ts` : `lambdas/handlers/${handler}.ts`],
    outfile: file,
    bundle: true,
    platform: 'node',
    logLevel: 'error',
  });
  return { file, bytes: statSync(file).size };
}
