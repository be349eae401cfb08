import { readdirSync, readFileSync } from 'node:fs';
import { place } from './place.ts';

/** A process of the local AWS: MiniStack's own, or one that runs a function. */
export interface LocalProcess {
  readonly pid: number;
  /** Name of the function, as in its environment; absent for MiniStack itself. */
  readonly functionName: string | undefined;
  /** Resident memory. */
  readonly megabytes: number;
}

/** Whether processes can be looked at here: this reads `/proc`, and finds nothing without it. */
export const SEES_PROCESSES = read('/proc/self/environ') !== '';

/** MiniStack hands its environment on to the functions, so its port finds them all, and nobody else's. */
export function localProcesses(): LocalProcess[] {
  const port = `GATEWAY_PORT=${new URL(place.stack.endpoint).port}`;
  return names('/proc').flatMap((name): LocalProcess[] => {
    if (!/^\d+$/.test(name)) return [];
    const environment = read(`/proc/${name}/environ`).split('\0');
    if (!environment.includes(port)) return [];
    const variable = 'AWS_LAMBDA_FUNCTION_NAME=';
    const functionName = environment.find((one) => one.startsWith(variable))?.slice(variable.length);
    // What starts MiniStack, and ends it, has its environment too.
    if (functionName === undefined && !read(`/proc/${name}/cmdline`).includes('python')) return [];
    const kilobytes = Number(/^VmRSS:\s+(\d+) kB$/m.exec(read(`/proc/${name}/status`))?.[1] ?? 0);
    return [{ pid: Number(name), functionName, megabytes: kilobytes / 1024 }];
  });
}

/** Ends every process of a function, as the kernel does when memory is out: no word, no time. Gives how many there were. */
export function killFunction(namePart: string): number {
  const found = localProcesses().filter(({ functionName }) => functionName?.includes(namePart));
  for (const { pid } of found) process.kill(pid, 'SIGKILL');
  return found.length;
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Empty for a process that is gone by now, or is somebody else's. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
