import { loadPage } from '../../console/server/page.ts';
import { type RunningConsole, serveConsole } from '../../console/server/serve.ts';
import type { StackInfo } from '../cloud/stack-info.ts';

export interface LocalConsole {
  readonly stack: Pick<StackInfo, 'apiUrl' | 'region' | 'accessKeyId' | 'secretAccessKey'>;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** What the page says in place of the address of the service. */
  readonly service?: string;
}

/** Milliseconds without a call after which it ends, as `blocklist console`. */
const IDLE = 8 * 60 * 60 * 1000;

/** The console of a stack on this machine, as the root of the local account. */
export async function serveLocalConsole({ stack, signal, service }: LocalConsole): Promise<RunningConsole> {
  const { apiUrl, region, accessKeyId, secretAccessKey } = stack;
  return serveConsole({
    apiUrl,
    authentication: { kind: 'iam', region, credentials: async () => ({ accessKeyId, secretAccessKey }) },
    fetch,
    signal,
    page: await loadPage(),
    facts: { service: service ?? apiUrl, read_only: false },
    port: 0,
    idleMs: IDLE,
  });
}
