import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { handlersOf } from '../../lambdas/contract/functions.ts';
import { functionsOf, synthesize } from './synthesize.ts';

/** Bytes of the largest bundle: what a cold start reads and compiles. */
const LARGEST_BUNDLE = 425_000;
/** Bytes of the one that only says that the API answers: no SDK, nothing of what others need. */
const SMALLEST_BUNDLE = 100_000;

const HANDLERS = handlersOf();

describe('the bundle of every function', () => {
  const bundles = new Map<string, string>();

  beforeAll(() => {
    const stack = synthesize('prod', { bundle: true });
    for (const [handler, { Properties }] of functionsOf(stack)) {
      const { S3Key } = z.looseObject({ S3Key: z.string() }).parse(Properties.Code);
      bundles.set(handler, join(stack.directory, `asset.${S3Key.replace(/\.zip$/, '')}`));
    }
  });

  const directoryOf = (handler: string): string => bundles.get(handler) ?? '';

  it.each(HANDLERS)('%s is one module with its source map beside it', (handler) => {
    expect(readdirSync(directoryOf(handler)).sort()).toEqual(['index.mjs', 'index.mjs.map']);
    expect(statSync(join(directoryOf(handler), 'index.mjs')).size).toBeLessThan(LARGEST_BUNDLE);
    const map = JSON.parse(readFileSync(join(directoryOf(handler), 'index.mjs.map'), 'utf8'));
    expect(map.sourcesContent).toBeUndefined();
  });

  it('health holds only what it uses', () => {
    expect(statSync(join(directoryOf('health'), 'index.mjs')).size).toBeLessThan(SMALLEST_BUNDLE);
  });

  it.each(HANDLERS)('%s loads neither undici nor credentials of anything but Lambda', (handler) => {
    const code = readFileSync(join(directoryOf(handler), 'index.mjs'), 'utf8');
    const unwanted = ['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI', 'sso_account_id'];
    expect(unwanted.filter((text) => code.includes(text))).toEqual([]);
    expect(/from ?"(?:node:)?https?"/.test(code)).toBe(false);
  });

  it.each(HANDLERS)('%s asks for no module while it runs', (handler) => {
    // What esbuild puts where a module of the old kind asks for another one: in an ES module it always throws.
    const code = readFileSync(join(directoryOf(handler), 'index.mjs'), 'utf8');
    expect(code).not.toContain('Dynamic require of');
  });

  it.each(HANDLERS)(
    '%s loads on Node 24, with no module beside it and no setting, and exports its handler',
    async (handler) => {
      const module = pathToFileURL(join(directoryOf(handler), 'index.mjs')).href;
      const script = `console.log(typeof (await import(${JSON.stringify(module)})).handler)`;
      const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
        env: {},
      });
      expect(stdout.trim()).toBe('function');
    },
  );
});
