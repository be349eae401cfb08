import { statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { writeCode } from '../../lib/bundling.ts';
import { PROJECT_ROOT } from '../../lib/project-root.ts';

/** Where what the benchmark makes is kept; ignored by git. */
export const WORK = join(import.meta.dirname, '../../.local/bench');

/** What `NodejsFunction` does when it is told nothing, with the SDK in the bundle: there is no Lambda here to bring it. */
const CDK_DEFAULTS: BuildOptions = { format: 'cjs', target: 'node24', mainFields: ['main', 'module'] };

export interface BuiltHandler {
  /** In a folder with the name of the handler. */
  readonly file: string;
  readonly bytes: number;
}

let functions: Promise<void> | undefined;

/** Bundles a handler of the service, or a module of the benchmark that is called like one (a path with a slash). */
export async function buildHandler(
  handler: string,
  as: 'deployed' | 'cdk-defaults' = 'deployed',
): Promise<BuiltHandler> {
  const directory = join(WORK, as);
  if (as === 'cdk-defaults') {
    return buildByDefaults(`lambdas/handlers/${handler}.ts`, join(directory, handler, 'index.cjs'));
  }
  // As they are deployed: all in one run.
  functions ??= writeCode(directory);
  await (handler.includes('/') ? writeCode(directory, [`${handler}.ts`]) : functions);
  const file = join(directory, basename(handler), 'index.mjs');
  return { file, bytes: statSync(file).size };
}

async function buildByDefaults(entryPoint: string, outfile: string): Promise<BuiltHandler> {
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
