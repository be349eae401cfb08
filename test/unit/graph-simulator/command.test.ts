import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runCommand } from '../../../local/graph-simulator/command.ts';
import { startGraphSimulator } from '../../../local/graph-simulator/server.ts';
import { start } from './harness.ts';

const MAIN = new URL('../../../local/graph-simulator/main.ts', import.meta.url).pathname;

interface Command {
  child: ChildProcess;
  output(): string;
  /** Exit code, once it has ended. */
  ended: Promise<number | null>;
}

function run(...args: string[]): Command {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (chunk) => {
      text += chunk;
    });
  }
  const ended = once(child, 'close').then(() => child.exitCode);
  return { child, output: () => text, ended };
}

async function optionsFile(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'graph-simulator-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'options.json');
  await writeFile(file, text);
  return file;
}

test.each(['SIGTERM', 'SIGINT'] as const)(
  'prints its address in one line, takes options, and ends at %s',
  async (signal) => {
    const file = await optionsFile(
      JSON.stringify({ tokens: ['EAA-from-file'], blocked: { 42: ['+16505551234'] }, defaultPageSize: 7 }),
    );
    const command = run('--port', '0', '--options', file);
    await Promise.race([once(command.child.stdout ?? command.child, 'data'), command.ended]);
    const [, url = ''] = /^graph simulator listening on (http:\/\/127\.0\.0\.1:\d+)\n$/.exec(command.output()) ?? [];
    const reply = await fetch(`${url}/v25.0/42/block_users`, { headers: { authorization: 'Bearer EAA-from-file' } });
    expect(await reply.json()).toMatchObject({ data: [{ wa_id: '16505551234' }] });
    command.child.kill(signal);
    expect(await command.ended).toBe(0);
    expect(command.output()).toBe(`graph simulator listening on ${url}\n`);
  },
);

test('prints an error if the port is taken', async () => {
  const { port } = await start();
  const command = run('--port', String(port));
  expect(await command.ended).toBe(1);
  expect(command.output()).toMatch(/^graph simulator: The port is taken.*\n$/);
});

/** Runs the command in this process. */
async function runHere(...args: string[]): Promise<{ exitCode: number; out: string; err: string }> {
  const written = { out: '', err: '' };
  const { simulator, exitCode } = await runCommand(args, {
    out: (text) => {
      written.out += text;
    },
    err: (text) => {
      written.err += text;
    },
  });
  await simulator?.stop();
  return { exitCode, ...written };
}

test('--help', async () => {
  const { exitCode, out, err } = await runHere('--help');
  expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' });
  expect(out).toContain('--options <file>');
});

test.each([
  ['a secret in a broken file', '{"tokens": ["EAA-secret"', 'is not valid JSON'],
  ['an unknown option', '{"tokens": ["EAA-secret"], "speed": 1}', 'Bad options: speed: no such field'],
  ['a number as key', '{"lastInboundAt": {"16505551234": "x"}}', 'Bad options: lastInboundAt.…34: '],
])('refuses %s without quoting it', async (_, text, message) => {
  const { exitCode, out, err } = await runHere('--options', await optionsFile(text));
  expect({ exitCode, out }).toEqual({ exitCode: 1, out: '' });
  expect(err).toContain(message);
  expect(err).not.toMatch(/EAA-secret|16505551234/);
});

test.each([
  [['--port', 'x'], '--port takes a number'],
  [['--port', '65536'], '--port takes a number'],
  [['--options', '/nowhere/options.json'], 'Cannot read'],
  [['EAA-secret'], 'See --help'],
  [['--host', '0.0.0.0'], '127.0.0.1 or ::1 only'],
])('refuses the arguments %j', async (args, message) => {
  const { exitCode, out, err } = await runHere(...args);
  expect({ exitCode, out }).toEqual({ exitCode: 1, out: '' });
  expect(err).toContain(message);
  expect(err).not.toContain('EAA-secret');
});

test.each(['0.0.0.0', '::', 'localhost', '192.168.0.1'])('never listens on %s', async (host) => {
  await expect(startGraphSimulator({}, { host })).rejects.toThrow('127.0.0.1 or ::1 only');
});
