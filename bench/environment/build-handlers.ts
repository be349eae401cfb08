import { statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import { writeCode } from '../../lib/bundling.ts';
import { PROJECT_ROOT } from '../../lib/project-root.ts';

/** The folder for the output of the benchmark; ignored by git. */
const WORK = join(PROJECT_ROOT, '.local/bench');

let functions: Promise<void> | undefined;

/** Bundles a handler of the service, or a module of the benchmark that is called like one (a path with a slash). */
export async function buildHandler(handler: string) {
  const directory = join(WORK, 'deployed');
  // As they are deployed: all in one run.
  functions ??= writeCode(directory);
  await (handler.includes('/') ? writeCode(directory, [`${handler}.ts`]) : functions);
  return built(join(directory, basename(handler), 'index.mjs'));
}

/** The defaults of `NodejsFunction`, with the SDK in the bundle, since no Lambda runtime provides it here. */
export async function buildByDefaults(handler: string) {
  const outfile = join(WORK, 'cdk-defaults', handler, 'index.cjs');
  await build({
    absWorkingDir: PROJECT_ROOT,
    entryPoints: [`lambdas/handlers/${handler}.ts`],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    mainFields: ['main', 'module'],
    logLevel: 'error',
  });
  return built(outfile);
}

/** The file is in a folder with the name of the handler. */
function built(file: string) {
  return { file, bytes: statSync(file).size };
}
