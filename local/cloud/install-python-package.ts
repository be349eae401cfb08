import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { PlainError } from '../../lib/plain-error.ts';
import { findPython } from './find-python.ts';
import { LOCAL_DIRECTORY, PROJECT_DIRECTORY } from './paths.ts';
import { isAlive } from './run-directory.ts';
import { runSupervised } from './supervised-process.ts';

/** What is installed, each with all that it needs, by the hashes in its file under `local/`. */
export const REQUIREMENTS = {
  ministack: 'requirements.txt',
  'cfn-lint': 'requirements-cfn-lint.txt',
  schemathesis: 'requirements-schemathesis.txt',
  pywa: 'requirements-pywa.txt',
} as const;
export type PythonPackage = keyof typeof REQUIREMENTS;
const NAMES: Record<PythonPackage, string> = {
  ministack: 'MiniStack',
  'cfn-lint': 'cfn-lint',
  schemathesis: 'Schemathesis',
  pywa: 'pywa',
};

export function requirementsFile(of: PythonPackage): string {
  return join(PROJECT_DIRECTORY, 'local', REQUIREMENTS[of]);
}

/** Milliseconds that a second process waits for the one that is installing before it installs for itself. */
const INSTALL_PATIENCE_MS = 240_000;

/** How to start what was installed: `python -m …` with this environment. */
export interface PythonInstallation {
  version: string;
  python: string;
  env: Readonly<Record<string, string>>;
}

export interface InstallOptions {
  log?: (line: string) => void;
  /** Folder that takes the installation; `.local` of the project unless a test says otherwise. */
  root?: string;
  /** Search path for Python. */
  path?: string;
  /** Ends the installation; it then throws, and nothing of it stays. */
  signal?: AbortSignal;
}

const marker = z.object({
  /** SHA-256 of the requirements that were installed. */
  requirements: z.string(),
  /** `venv`: a virtual environment. `target`: a plain folder of packages beside the system's Python. */
  kind: z.enum(['venv', 'target']),
  /** The interpreter that the packages were installed for. */
  python: z.string(),
});
type Marker = z.infer<typeof marker>;

/** The version of a package that its requirements file pins. */
export function pinnedVersion(of: PythonPackage, requirements: string): string {
  const pin = requirements.split('\n').find((line) => line.startsWith(`${of}==`));
  const version = pin?.slice(of.length + 2).split(' ')[0];
  if (version === undefined) throw new PlainError(`local/${REQUIREMENTS[of]} does not pin ${of}.`);
  return version;
}

/**
 * Installs the pinned version of a package from PyPI into `.local/<package>-<version>`, unless it is there.
 *
 * The installation is made beside that folder and renamed when it is complete. So a killed installation never looks complete,
 * and two processes cannot mix theirs.
 *
 * @throws PlainError if there is no suitable Python, or pip fails; the message says what to do.
 */
export async function installPythonPackage(
  of: PythonPackage,
  options: InstallOptions = {},
): Promise<PythonInstallation> {
  const root = options.root ?? LOCAL_DIRECTORY;
  const requirements = readFileSync(requirementsFile(of), 'utf8');
  const version = pinnedVersion(of, requirements);
  const digest = createHash('sha256').update(requirements).digest('hex');
  const home = join(root, `${of}-${version}`);
  const installed = () => findInstallation(home, version, digest);

  const present = installed();
  if (present !== undefined) return present;

  mkdirSync(root, { recursive: true });
  removeAbandoned(root, home);
  const lock = `${home}.lock`;
  const waitedFor = await takeTurn(lock, () => installed() !== undefined);
  try {
    const meanwhile = waitedFor ? installed() : undefined;
    if (meanwhile !== undefined) return meanwhile;

    const python = await findPython(options.path ?? process.env.PATH ?? '');
    options.log?.(`Installing ${NAMES[of]} ${version} (once, into .local, with ${python.path} ${python.version})`);
    const building = `${home}.installing-${process.pid}`;
    rmSync(building, { recursive: true, force: true });
    mkdirSync(building);
    try {
      const kind = await install(of, { python: python.path, building, signal: options.signal });
      const done: Marker = { requirements: digest, kind, python: python.path };
      writeFileSync(join(building, 'installed.json'), JSON.stringify(done));
      moveIntoPlace(building, home, () => installed() !== undefined);
    } finally {
      rmSync(building, { recursive: true, force: true });
    }
    const result = installed();
    if (result === undefined) throw new PlainError(`${NAMES[of]} was installed into ${home}, but is not there.`);
    return result;
  } finally {
    releaseTurn(lock);
  }
}

function findInstallation(home: string, version: string, digest: string): PythonInstallation | undefined {
  let content: string;
  try {
    content = readFileSync(join(home, 'installed.json'), 'utf8');
  } catch {
    return undefined;
  }
  const found = marker.safeParse(JSON.parse(content));
  if (!found.success || found.data.requirements !== digest) return undefined;
  const python = found.data.kind === 'venv' ? join(home, 'venv', 'bin', 'python') : found.data.python;
  // Follows links: the interpreter that the installation was made for may have been removed since.
  if (!existsSync(python)) return undefined;
  const env: Record<string, string> = found.data.kind === 'venv' ? {} : { PYTHONPATH: join(home, 'packages') };
  return { version, python, env };
}

/** Removes incomplete installations of processes that have ended. */
function removeAbandoned(root: string, home: string): void {
  for (const name of readdirSync(root)) {
    const path = join(root, name);
    const owner = path.startsWith(`${home}.installing-`) ? Number(path.slice(`${home}.installing-`.length)) : undefined;
    if (owner !== undefined && !isAlive(owner)) rmSync(path, { recursive: true, force: true });
  }
}

/**
 * Waits until no other process installs, so that two do not download the same; true when there was something to wait for.
 * Only a courtesy: the rename keeps concurrent installs apart, so a stale lock may be taken over without ceremony.
 */
async function takeTurn(lock: string, done: () => boolean): Promise<boolean> {
  const until = Date.now() + INSTALL_PATIENCE_MS;
  for (let waited = false; ; waited = true) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      return waited;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
    const owner = readLock(lock);
    if (owner !== undefined && (!isAlive(owner) || Date.now() > until)) rmSync(lock, { force: true });
    else await sleep(200);
    if (done()) return true;
  }
}

function readLock(lock: string): number | undefined {
  try {
    // Empty for the instant between its creation and the write.
    return Number(readFileSync(lock, 'utf8')) || undefined;
  } catch {
    return undefined;
  }
}

function releaseTurn(lock: string): void {
  if (readLock(lock) === process.pid) rmSync(lock, { force: true });
}

function moveIntoPlace(building: string, home: string, isGood: () => boolean): void {
  // The installation there is for other requirements, or its Python is gone.
  if (!isGood()) rmSync(home, { recursive: true, force: true });
  try {
    renameSync(building, home);
  } catch (error) {
    // Another process was first; its installation is as good as ours.
    if (!isGood()) throw error;
  }
}

interface Installing {
  /** The interpreter to install for. */
  readonly python: string;
  /** The folder to install into. */
  readonly building: string;
  readonly signal: AbortSignal | undefined;
}

async function install(of: PythonPackage, { python, building, signal }: Installing): Promise<Marker['kind']> {
  const logFile = join(building, 'pip.log');
  const attempts: string[] = [];
  const run = async (command: string, args: readonly string[]): Promise<boolean> => {
    rmSync(logFile, { force: true });
    const env = pipEnvironment(process.env);
    const code = await runSupervised(
      { command, args, env, cwd: PROJECT_DIRECTORY, logFile, graceMs: 500, removeWhenStopped: [building] },
      signal,
    );
    if (code !== 0) attempts.push(`${command} ${args.slice(0, 4).join(' ')}:\n${readFileSync(logFile, 'utf8').trim()}`);
    return code === 0;
  };
  // Installs only the listed packages, and only files with a listed hash, even if the index has others.
  const exactly = ['--no-deps', '--require-hashes', '--requirement', requirementsFile(of)];
  const requirements = ['--no-input', '--disable-pip-version-check', ...exactly];

  const venv = join(building, 'venv');
  if (await run(python, ['-m', 'venv', venv])) {
    if (await run(join(venv, 'bin', 'python'), ['-m', 'pip', 'install', ...requirements])) return 'venv';
    throw new PlainError(
      `${NAMES[of]} could not be installed from PyPI. Check the network, and a proxy or mirror in pip's configuration.\n${attempts.join('\n')}`,
    );
  }
  // Debian ships venv's other half apart (python3-venv); its pip alone is enough.
  rmSync(venv, { recursive: true, force: true });
  if (await run(python, ['-m', 'pip', 'install', '--target', join(building, 'packages'), ...requirements])) {
    return 'target';
  }
  throw new PlainError(
    `${NAMES[of]} could not be installed: ${python} can make no virtual environment, and its pip did not work either. On Debian and Ubuntu: apt-get install python3-venv.\n${attempts.join('\n')}`,
  );
}

/** The caller's environment, since pip needs its proxy and index settings, less what would install somewhere else. */
export function pipEnvironment(env: NodeJS.ProcessEnv): Record<string, string> {
  const misleading =
    /^(PYTHONPATH|PYTHONHOME|PIP_(USER|TARGET|PREFIX|ROOT|REQUIRE_VIRTUALENV|REQUIREMENT|CONSTRAINT))$/;
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && !misleading.test(name)) kept[name] = value;
  }
  return kept;
}
