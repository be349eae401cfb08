import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { runConsole } from '../../../cli/commands/console.ts';
import { openContext } from '../../../cli/context.ts';
import { findChromium } from '../../../local/console/chromium.ts';
import { takePicture } from '../../../local/console/take-picture.ts';
import { API_URL, runCli } from '../../support/cli.ts';
import { terminalFor } from '../../support/console-terminal.ts';

const printed = z.object({ url: z.string(), service: z.string(), read_only: z.boolean() });

/** The answer of the console to its page. */
function facts(url: URL): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const headers = { 'x-console-secret': url.hash.slice('#key='.length) };
    const sent = request(new URL('/console.json', url), { headers }, async (answer) =>
      resolve(JSON.parse(await text(answer))),
    );
    sent.on('error', reject);
    sent.end();
  });
}

describe('blocklist console', () => {
  test('prints its address once, tells its page what was asked for, and ends with 0 on Ctrl-C', async () => {
    const stop = new AbortController();
    const terminal = terminalFor(stop.signal);
    const options = { output: 'json', readOnly: true, open: false, onBehalfOf: 'ana@support' } as const;
    const done = runConsole(await openContext(terminal, options), options);
    const { url, ...rest } = printed.parse(JSON.parse(await terminal.printed));
    expect(rest).toEqual({ service: API_URL, read_only: true });
    expect(await facts(new URL(url))).toEqual({ service: API_URL, read_only: true, on_behalf_of: 'ana@support' });
    stop.abort();
    expect(await done).toBe(0);
  });

  test('says so if its port is in use', async () => {
    const stop = new AbortController();
    const terminal = terminalFor(stop.signal);
    const options = { output: 'json', open: false } as const;
    const done = runConsole(await openContext(terminal, options), options);
    const { port } = new URL(printed.parse(JSON.parse(await terminal.printed)).url);
    const second = await runCli(['console', '--port', port, '--no-open']);
    expect(second).toMatchObject({ exitCode: 2, err: expect.stringContaining(`--port: ${port} is in use`) });
    stop.abort();
    await done;
  });

  test.each(['0', '65536', 'x', '-1'])('refuses the port %s', async (port) => {
    expect(await runCli(['console', `--port=${port}`])).toMatchObject({
      exitCode: 2,
      err: expect.stringContaining('It must be a port, 1 to 65535'),
    });
  });
});

test('where there is no Chromium, the tests of the page say which line installs it', () => {
  expect(() => findChromium({ PATH: '/nowhere' })).toThrow('apt-get install -y chromium');
  expect(() => findChromium({ PATH: '/bin', CHROMIUM_PATH: '/no/such' })).toThrow(
    'CHROMIUM_PATH: /no/such is no program',
  );
  expect(findChromium({ CHROMIUM_PATH: process.execPath })).toBe(process.execPath);
});

test('where there is no Chromium, the demo goes on without a picture, and says which line installs one', async () => {
  vi.stubEnv('CHROMIUM_PATH', '/no/such');
  const said = await takePicture({ url: 'http://127.0.0.1:1/', hash: '#/', until: 'x', file: '/no/such.png' });
  expect(said).toMatch(
    /^No picture of the console\. CHROMIUM_PATH: \/no\/such is no program\n.*apt-get install -y chromium/s,
  );
});
