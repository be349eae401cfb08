import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { PROJECT_DIRECTORY } from '../../../local/cloud/paths.ts';

/** Hosts that packages come from. Which one is asked is for npm's and pip's own settings to say. */
const REGISTRIES =
  /(?:pypi|pythonhosted|npmjs|yarnpkg|unpkg|jsdelivr|nodesource|docker|quay|ghcr|crates)\.(?:org|com|net|io)\b|registry\.[\w-]+\.\w+/i;

it('no file names the address of a package registry', () => {
  const files = execFileSync('git', ['ls-files', '-z'], { cwd: PROJECT_DIRECTORY, encoding: 'utf8' }).split('\0');
  const own = import.meta.filename.slice(PROJECT_DIRECTORY.length + 1);
  const named = files.filter((file) => {
    if (file === '' || file === own || !/\.(?:md|ts|json|py|txt|mjs)$|^\.ci\//.test(file)) return false;
    return REGISTRIES.test(readFileSync(join(PROJECT_DIRECTORY, file), 'utf8'));
  });
  expect(named).toEqual([]);
});
