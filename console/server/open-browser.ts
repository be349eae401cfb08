import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { platform, tmpdir } from 'node:os';
import { join } from 'node:path';

const OPENERS: Readonly<Record<string, readonly [string, ...string[]]>> = {
  darwin: ['open'],
  win32: ['cmd', '/c', 'start', '""'],
};

/**
 * Opens the page in the person's browser, if there is one; the address is on the terminal anyway. What a program is started with,
 * others on the machine can see, so the browser opens a file that only the person can read, and that leads to the address.
 *
 * @returns removes the file
 */
export async function openBrowser(url: string): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'blocklist-console-'));
  const file = join(folder, 'open.html');
  const page = `<!doctype html><meta http-equiv="refresh" content="0; url=${url}"><title>Blocklist console</title>`;
  await writeFile(file, page, { mode: 0o600 });
  const [command, ...args] = OPENERS[platform()] ?? ['xdg-open'];
  const child = spawn(command, [...args, file], { stdio: 'ignore', detached: true });
  child.on('error', () => {});
  child.unref();
  return () => rm(folder, { recursive: true, force: true });
}
