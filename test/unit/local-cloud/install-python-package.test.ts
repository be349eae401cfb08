import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findPython, isRecent } from '../../../local/cloud/find-python.ts';
import {
  installPythonPackage,
  pinnedVersion,
  pipEnvironment,
  requirementsFile,
} from '../../../local/cloud/install-python-package.ts';

const PACKAGES = ['ministack', 'cfn-lint', 'schemathesis', 'pywa'] as const;
const requirementsOf = (of: (typeof PACKAGES)[number]) => readFileSync(requirementsFile(of), 'utf8');
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'blocklist-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** An emulator that says it is this version of Python, and fails at everything else. */
function fakePython(name: string, version: string): string {
  const file = join(folder, name);
  writeFileSync(
    file,
    `#!/bin/sh\n[ "$1" = -c ] && echo "${version}" && echo "$0" && exit 0\necho "no such module" >&2\nexit 1\n`,
  );
  chmodSync(file, 0o755);
  return file;
}

describe('the pinned versions', () => {
  it.each(PACKAGES)('pin everything exactly: %s', (of) => {
    const lines = requirementsOf(of)
      .split('\n')
      .filter((text) => text !== '' && !text.startsWith('#'));
    const entries = lines.join('\n').replaceAll('\\\n', '').split('\n');
    expect(entries.length).toBeGreaterThan(5);
    for (const entry of entries) {
      expect(entry).toMatch(
        /^[\w-]+==\d[\w.]*(?: ; (?:python_full_version (?:<|>=|==) '3\.1\d(?:\.\*)?'|sys_platform == 'win32'))?(?: +--hash=sha256:[0-9a-f]{64})+$/,
      );
    }
  });

  it.each(PACKAGES)('name the version of %s', (of) => {
    expect(pinnedVersion(of, requirementsOf(of))).toMatch(/^\d+\.\d+\.\d+$/);
    expect(() => pinnedVersion(of, 'botocore==1.0.0\n')).toThrow(`does not pin ${of}`);
  });
});

describe('findPython', () => {
  it('takes the first that is new enough', async () => {
    fakePython('python3', '3.9.18');
    const newer = fakePython('python3.12', '3.12.1');
    expect(await findPython(folder)).toEqual({ path: newer, version: '3.12.1' });
  });

  it('says which ones are too old', async () => {
    const old = fakePython('python3', '3.8.10');
    await expect(findPython(folder)).rejects.toThrow(`${old} is 3.8.10`);
  });

  it('says so when there is none, and what to install', async () => {
    await expect(findPython(folder)).rejects.toThrow(/needs Python 3\.10 or newer, and no python3.*apt-get install/s);
    await expect(findPython('')).rejects.toThrow(/no python3/);
  });

  it('compares versions by number', () => {
    expect(['3.10.0', '3.14.2', '4.0.0'].map(isRecent)).toEqual([true, true, true]);
    expect(['3.9.9', '2.7.18'].map(isRecent)).toEqual([false, false]);
  });
});

describe('installPythonPackage', () => {
  it('shows what went wrong when Python can neither make an environment nor run pip', async () => {
    fakePython('python3', '3.11.2');
    const root = join(folder, 'local');
    await expect(installPythonPackage('ministack', { root, path: folder })).rejects.toThrow(
      /apt-get install python3-venv.*no such module/s,
    );
  });

  it('does not mistake an incomplete installation for a complete one', async () => {
    fakePython('python3', '3.11.2');
    const root = join(folder, 'local');
    const home = join(root, `ministack-${pinnedVersion('ministack', requirementsOf('ministack'))}`);
    mkdirSync(join(home, 'venv', 'bin'), { recursive: true });
    writeFileSync(join(home, 'venv', 'bin', 'python'), '');
    await expect(installPythonPackage('ministack', { root, path: folder })).rejects.toThrow(/could not be installed/);
  });
});

describe('pipEnvironment', () => {
  it('keeps proxies and indexes, and drops what would install elsewhere', () => {
    const env = {
      HTTPS_PROXY: 'p',
      PIP_INDEX_URL: 'i',
      PIP_TARGET: 't',
      PIP_USER: '1',
      PYTHONPATH: 'x',
      PYTHONHOME: 'y',
    };
    expect(pipEnvironment(env)).toEqual({ HTTPS_PROXY: 'p', PIP_INDEX_URL: 'i' });
  });
});
