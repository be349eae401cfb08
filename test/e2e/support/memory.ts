import { readdirSync, readFileSync } from 'node:fs';

/**
 * Samples the resident memory of the local AWS and of the functions that it runs, until it is told to stop; gives the
 * peaks in MB. Reads `/proc`, and gives nothing where there is none.
 */
export function watchMemory(endpoint: string, intervalMs = 500): () => string {
  const port = `GATEWAY_PORT=${new URL(endpoint).port}`;
  const peaks = { server: 0, functions: 0 };
  const look = () => {
    const now = { server: 0, functions: 0 };
    for (const process of processesWith(port)) now[process.isServer ? 'server' : 'functions'] += process.megabytes;
    peaks.server = Math.max(peaks.server, now.server);
    peaks.functions = Math.max(peaks.functions, now.functions);
  };
  const timer = setInterval(look, intervalMs);
  return () => {
    clearInterval(timer);
    look();
    return `MiniStack ${Math.round(peaks.server)} MB, functions ${Math.round(peaks.functions)} MB`;
  };
}

/** MiniStack hands its environment on to the functions, so its port finds them all. */
function processesWith(variable: string): { isServer: boolean; megabytes: number }[] {
  return names('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      if (!read(`/proc/${pid}/environ`).split('\0').includes(variable)) return [];
      const kilobytes = Number(/^VmRSS:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0);
      return [{ isServer: read(`/proc/${pid}/cmdline`).includes('python'), megabytes: kilobytes / 1024 }];
    });
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
