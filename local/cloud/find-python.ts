import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { PlainError } from '../../lib/plain-error.ts';

const OLDEST_PYTHON = { major: 3, minor: 10 };
/** Newer names come last, so that a machine with an old `python3` beside them (macOS) needs no change. */
const PYTHON_NAMES = ['python3', 'python', 'python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3.10'];

const runFile = promisify(execFile);

export interface Python {
  /** The interpreter itself; what was found on the search path may be a version manager's shim, which needs its settings. */
  path: string;
  version: string;
}

/** The first Python on the search path that is new enough. */
export async function findPython(path: string): Promise<Python> {
  const tooOld: string[] = [];
  for (const name of PYTHON_NAMES) {
    for (const folder of path.split(delimiter).filter((part) => part !== '')) {
      const candidate = join(folder, name);
      if (!existsSync(candidate)) continue;
      const python = await askPython(candidate);
      if (python === undefined) continue;
      if (isRecent(python.version)) return python;
      tooOld.push(`${candidate} is ${python.version}`);
    }
  }
  const oldest = `${OLDEST_PYTHON.major}.${OLDEST_PYTHON.minor}`;
  throw new PlainError(
    `The local AWS (MiniStack) needs Python ${oldest} or newer, and ${
      tooOld.length === 0
        ? 'no python3 or python is on the PATH'
        : `the PATH has only older ones (${tooOld.join(', ')})`
    }. Install one (Debian, Ubuntu: apt-get install python3 python3-venv; macOS: brew install python3) and try again.`,
  );
}

async function askPython(command: string): Promise<Python | undefined> {
  const question = 'import sys; print("%d.%d.%d" % sys.version_info[:3]); print(sys.executable)';
  try {
    const { stdout } = await runFile(command, ['-c', question], { timeout: 20_000 });
    const [version = '', path = ''] = stdout.trim().split('\n');
    return /^\d+\.\d+\.\d+$/.test(version) && path !== '' ? { path, version } : undefined;
  } catch {
    // Not a Python that runs: a version manager's empty shim, or the stub that opens a shop.
    return undefined;
  }
}

export function isRecent(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > OLDEST_PYTHON.major || (major === OLDEST_PYTHON.major && minor >= OLDEST_PYTHON.minor);
}
