import { localProcesses } from './processes.ts';

/**
 * Samples the resident memory of the local AWS and of the functions that it runs, until the test stops it; gives the
 * peaks in MB.
 */
export function watchMemory(intervalMs = 500): () => string {
  const peaks = { server: 0, functions: 0 };
  const look = () => {
    const now = { server: 0, functions: 0 };
    for (const { functionName, megabytes } of localProcesses()) {
      now[functionName === undefined ? 'server' : 'functions'] += megabytes;
    }
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
