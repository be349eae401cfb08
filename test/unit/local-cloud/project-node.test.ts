import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { PROJECT_DIRECTORY, PROJECT_NODE } from '../../../local/cloud/paths.ts';

const read = (file: string): unknown => JSON.parse(readFileSync(join(PROJECT_DIRECTORY, file), 'utf8'));
const entry = z.looseObject({
  version: z.string().optional(),
  integrity: z.string().optional(),
  hasInstallScript: z.boolean().optional(),
  os: z.union([z.string(), z.array(z.string())]).optional(),
  cpu: z.union([z.string(), z.array(z.string())]).optional(),
  bin: z.union([z.string(), z.record(z.string(), z.string())]).optional(),
  inBundle: z.boolean().optional(),
  resolved: z.string().optional(),
});
const { packages } = z.object({ packages: z.record(z.string(), entry) }).parse(read('package-lock.json'));
const { allowScripts } = z.looseObject({ allowScripts: z.record(z.string(), z.boolean()) }).parse(read('package.json'));
const installed = Object.entries(packages).filter(([path]) => path !== '');
const nodes = installed.filter(([, { bin }]) => typeof bin === 'object' && 'node' in bin);

describe('what npm installs', () => {
  it('is in the lock file with its hash, or inside a package that is', () => {
    expect(installed.filter(([, one]) => one.integrity === undefined && one.inBundle !== true)).toEqual([]);
  });

  it('comes from the registry that npm is configured for', () => {
    expect(installed.filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
  });

  it('runs scripts only for packages that are allowed by name', () => {
    const names = installed.flatMap(([path, one]) =>
      one.hasInstallScript ? [path.split('node_modules/').at(-1)] : [],
    );
    expect(names.filter((name) => !(name !== undefined && allowScripts[name]) && name !== 'fsevents')).toEqual([]);
    expect(Object.keys(allowScripts)).toEqual(['esbuild']);
  });
});

describe("the project's own Node.js", () => {
  it('is a package of each platform, with nothing to fetch', () => {
    const platforms = nodes.map(([, { os, cpu }]) => `${os} ${cpu}`);
    expect(platforms.sort()).toEqual(['darwin arm64', 'darwin x64', 'linux arm64', 'linux x64']);
    for (const [, { hasInstallScript, bin }] of nodes) {
      expect(hasInstallScript).toBeUndefined();
      expect(bin).toEqual({ node: 'bin/node' });
    }
  });

  it('is the one of this platform, first on the path of every command of the project', () => {
    const [, here] = nodes.find(([, { os, cpu }]) => os === process.platform && cpu === process.arch) ?? [];
    const version = execFileSync(PROJECT_NODE, ['--version'], { encoding: 'utf8', env: {} }).trim();
    expect(version).toBe(`v${here?.version}`);
  });
});
