import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { LOCAL_DIRECTORY } from './paths.ts';

/** Log folders of finished runs that are kept. */
const LOG_FOLDERS_KEPT = 8;

export interface RunDirectories {
  /**
   * State, temporary files and the deploy's output of one run; goes with the run. Outside the project, since functions
   * are unpacked into it: there they would find the project's `node_modules` and its `"type": "module"`, which they do
   * not find in AWS.
   */
  run: string;
  /** The run's log files, under `.local`; stays, so that a failure can be read afterwards. */
  logs: string;
}

export interface RunDirectoryRoots {
  temporary: string;
  logs: string;
}

const ROOTS: RunDirectoryRoots = { temporary: tmpdir(), logs: join(LOCAL_DIRECTORY, 'logs') };

/** Containers may share the temporary folder, but not their process ids: the name says whose id it is. */
const RUN_PREFIX = `blocklist-run-${hostname().replaceAll(/[^A-Za-z0-9]/g, '')}-`;

let runsOfThisProcess = 0;

/** Whether a process with this id runs. By now it may be another process. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Not allowed to signal it: it is there.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/**
 * Makes the folders of a new run, and removes leftovers of earlier runs: folders whose owner is dead (normally their
 * supervisor removed them), and all but the newest logs.
 */
export function createRunDirectories(roots: RunDirectoryRoots = ROOTS): RunDirectories {
  mkdirSync(roots.logs, { recursive: true });
  removeAll(roots.temporary, ownedByTheDead(roots.temporary, new RegExp(`^${RUN_PREFIX}(\\d+)-`)));
  removeAll(
    roots.logs,
    ownedByTheDead(roots.logs, /^\d{8}T\d{6}-(\d+)-/)
      .sort()
      .slice(0, -LOG_FOLDERS_KEPT),
  );

  const time = new Date().toISOString().replaceAll(/[-:]|\.\d+Z/g, '');
  const logs = join(roots.logs, `${time}-${process.pid}-${++runsOfThisProcess}`);
  mkdirSync(logs, { recursive: true });
  return { run: mkdtempSync(join(roots.temporary, `${RUN_PREFIX}${process.pid}-`)), logs };
}

/** Names in a folder that carry the id of a process that does not run any more. */
function ownedByTheDead(folder: string, pattern: RegExp): string[] {
  return readdirSync(folder).filter((name) => {
    const owner = pattern.exec(name)?.[1];
    return owner !== undefined && !isAlive(Number(owner));
  });
}

function removeAll(folder: string, names: readonly string[]): void {
  for (const name of names) {
    try {
      rmSync(join(folder, name), { recursive: true, force: true });
    } catch {
      // Another user's, or being removed by another run; not ours to insist on.
    }
  }
}
