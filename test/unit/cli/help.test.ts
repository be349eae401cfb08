import { execFileSync } from 'node:child_process';
import type { Command } from 'commander';
import { expect, it } from 'vitest';
import { EXIT } from '../../../cli/exit-codes.ts';
import { program } from '../../../cli/program.ts';
import { runCli } from '../../support/cli.ts';

/** Every command, as it is called. */
async function commandLines(): Promise<string[][]> {
  const { terminal } = { terminal: silent };
  const walk = (command: Command, path: readonly string[]): string[][] => {
    return [[...path], ...command.commands.flatMap((one) => walk(one, [...path, one.name()]))];
  };
  return walk(program(terminal, { exitCode: EXIT.ok }), []);
}

const nothing = { write: () => true };
const silent = {
  out: nothing,
  err: nothing,
  in: process.stdin,
  env: {},
  cwd: '/',
  signal: new AbortController().signal,
  now: Date.now,
  sleep: async () => {},
  fetch,
};

it('docs/commands.txt is the help of every command', async () => {
  const texts: string[] = [];
  for (const line of await commandLines()) {
    const { out, exitCode } = await runCli([...line, '--help']);
    expect(exitCode).toBe(0);
    texts.push(`$ blocklist ${[...line, '--help'].join(' ')}\n${out}`);
  }
  await expect(texts.join('\n')).toMatchFileSnapshot('../../../docs/commands.txt');
});

it('every command that does something has an example that it takes', async () => {
  const examples = (await Promise.all((await commandLines()).map((line) => runCli([...line, '--help'])))).flatMap(
    ({ out }) => {
      return [...out.matchAll(/^ {2}\$ blocklist (.*)$/gm)].flatMap(([, text]) => text ?? []);
    },
  );
  expect(examples.length).toBeGreaterThan(20);
  for (const example of examples) {
    const words = (example.split(/ [<>|] /)[0] ?? '').match(/"[^"]*"|\S+/g) ?? [];
    // No stack runs in this folder: that is all that may be wrong with it.
    const { err, exitCode } = await runCli(words.map((word) => word.replaceAll('"', '')));
    expect(example + err).toMatch(/No local stack is running|^completion/);
    expect(exitCode).toBe(example.startsWith('completion') ? 0 : 2);
  }
});

it('an unknown command or option is refused, and the nearest one is named', async () => {
  expect(await runCli(['blok'])).toMatchObject({ exitCode: 2, err: expect.stringContaining('Did you mean block?') });
  const option = await runCli(['list', '--limt', '3']);
  expect(option).toMatchObject({ exitCode: 2, err: expect.stringContaining('Did you mean --limit?') });
});

it.each([
  [[''], ['block', 'unblock', 'jobs', 'completion']],
  [
    ['jobs', ''],
    ['list', 'watch', 'retry'],
  ],
  [
    ['jobs', 'users', '--'],
    ['--outcome', '--limit', '--local'],
  ],
  [['blocklist', '--nu'], ['--number']],
])('bash completes %j', async (words, expected) => {
  const { out } = await runCli(['completion', 'bash']);
  const line = ['blocklist', ...words];
  const script = `${out}
COMP_WORDS=(${line.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${line.length - 1}; _blocklist; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const completed = execFileSync('bash', ['-c', script], { encoding: 'utf8' }).split('\n');
  expect(completed).toEqual(expect.arrayContaining(expected));
});

it.each(['zsh', 'fish'])('%s has a script too', async (shell) => {
  expect((await runCli(['completion', shell])).out).toContain('blocklist');
  expect((await runCli(['completion', 'tcsh'])).exitCode).toBe(2);
});
