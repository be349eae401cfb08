import { z } from 'zod';
import { openBrowser } from '../../console/server/open-browser.ts';
import { loadPage } from '../../console/server/page.ts';
import { serveConsole } from '../../console/server/serve.ts';
import { CliError } from '../cli-error.ts';
import type { CommonOptions, Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { print } from '../output/print.ts';
import { say } from '../terminal.ts';

export interface ConsoleOptions {
  readonly port?: number | undefined;
  readonly open: boolean;
  readonly readOnly?: boolean | undefined;
}

/** Milliseconds without a call of the page after which the console ends. */
const IDLE = 8 * 60 * 60 * 1000;

/** `blocklist console`: a page on this machine that calls the service as the person who started it. */
export async function runConsole(context: Context, options: ConsoleOptions & CommonOptions): Promise<ExitCode> {
  const { terminal, target } = context;
  const { readOnly = false } = options;
  const onBehalfOf = options.onBehalfOf ?? (terminal.env.BLOCKLIST_ON_BEHALF_OF || undefined);
  const page = await loadPage();
  const { url, ended } = await listening(options, () =>
    serveConsole({
      ...target,
      fetch: terminal.fetch,
      signal: terminal.signal,
      page,
      facts: { service: target.apiUrl, read_only: readOnly, on_behalf_of: onBehalfOf },
      port: options.port ?? 0,
      idleMs: IDLE,
    }),
  );
  print(context, { url, service: target.apiUrl, read_only: readOnly }, () => `${url}\n`);
  say(terminal, `The console of ${target.apiUrl}. Whoever has this address acts as you. Ctrl-C ends it.`);
  const close = options.open && terminal.err.isTTY ? await openBrowser(url) : undefined;
  const why = await ended;
  await close?.();
  say(terminal, why === 'idle' ? 'Ended: nobody used the console for 8 hours' : 'Ended');
  return EXIT.ok;
}

async function listening<T>({ port }: ConsoleOptions, serve: () => Promise<T>): Promise<T> {
  try {
    return await serve();
  } catch (error) {
    const { data: why } = z.object({ code: z.enum(['EADDRINUSE', 'EACCES']) }).safeParse(error);
    if (why === undefined) throw error;
    const text = why.code === 'EACCES' ? 'needs rights that you do not have' : 'is in use';
    throw new CliError(EXIT.usage, `--port: ${port} ${text}`, 'Leave it out for one that is free');
  }
}
