import { type Command, Option } from 'commander';
import type { CommandLine } from '../command-line.ts';
import { type ConsoleOptions, runConsole } from '../commands/console.ts';
import { doctor } from '../commands/doctor.ts';
import { type CreateKeyOptions, createKey, listKeys, revokeKey, rotateKey } from '../commands/keys.ts';
import { checkToken, type SetTokenOptions, setToken } from '../commands/token.ts';
import { type TraceOptions, trace } from '../commands/trace.ts';
import { completionScript, SHELLS } from '../completion.ts';
import type { CommonOptions, NumberOptions } from '../context.ts';
import { readPort, readSeveral, withNumber } from '../options.ts';

const KEY = 'vT2mKq8RwZ3x';
/** As in `KEY_SCOPES` of the contract. */
const SCOPES = ['read', 'write', 'operate', 'webhook'];

/** Commands about keys, the token, and the service itself. */
export function addServiceCommands(root: Command, line: CommandLine): void {
  root.commandsGroup('Service:');
  addKeyCommands(line.add(root, 'keys', 'Create, list, rotate or revoke keys of callers that cannot sign'), line);

  const token = line.add(root, 'token', "Set or check the access token for Meta's API");
  const set = line.add(token, 'set', 'Replace the secret by the input: one token, or the JSON of several');
  set.option('--replace', 'put one token in the place of several, or of one with an app secret');
  set.action((options: SetTokenOptions & CommonOptions) => line.run(options, (context) => setToken(context, options)));
  line.finish(set, ['token set --local < token.txt']);
  const check = withNumber(line.add(token, 'check', 'Say whether Graph takes the token of a number'));
  check.action((options: NumberOptions & CommonOptions) =>
    line.run(options, (context) => checkToken(context, options)),
  );
  line.finish(check, ['token check --local --number 106540352242922']);

  const health = withNumber(
    line.add(root, 'doctor', 'Check address, credentials, token, schedules and the last comparison'),
  );
  health.action((options: NumberOptions & CommonOptions) => line.run(options, (context) => doctor(context, options)));
  line.finish(health, ['doctor --local --number 106540352242922']);

  const traced = line
    .add(root, 'trace', 'Follow a request, an operation or a job through the logs, to the answers of Graph')
    .argument('<id>', 'the x-request-id of an answer, or the id of an operation or a job');
  traced.option('--since <time>', 'a date, or how long ago: 24h; for operations and jobs their own time unless given');
  traced.option('--until <time>', 'the same; now unless given');
  traced.action((id: string, options: TraceOptions & CommonOptions) =>
    line.run(options, (context) => trace(context, id, options)),
  );
  line.finish(traced, [
    'trace 5b0c7c3e-0d4a-4f5e-9c1e-6d1c0b7f2a11 --local',
    'trace 106540352242922-01JG0000000000000000000000 --local --output json',
  ]);

  const page = line.add(root, 'console', 'Open a page on this machine, with your credentials, until Ctrl-C');
  page.option('--read-only', 'the page can look at everything, and change nothing');
  page.option('--port <port>', 'the port of the page; one that is free unless given', readPort);
  page.option('--no-open', 'only print the address');
  page.action((options: ConsoleOptions & CommonOptions) =>
    line.run(options, (context) => runConsole(context, options)),
  );
  line.finish(page, ['console --local', 'console --local --read-only --no-open']);

  const completion = line.add(root, 'completion', 'Print a script that completes commands and options');
  completion.addArgument(completion.createArgument('<shell>').choices(SHELLS));
  completion.action((shell: string) => void line.terminal.out.write(completionScript(shell, root)));
  completion.addHelpText(
    'after',
    '\nExamples:\n  $ source <(blocklist completion bash)\n  $ blocklist completion fish | source',
  );
}

function addKeyCommands(keys: Command, line: CommandLine): void {
  const create = line.add(keys, 'create', 'Create a key, and print it this once').argument('<name>');
  create.addOption(
    new Option('--scope <scopes>', `what it may do: ${SCOPES.join(', ')}; several with commas`)
      .argParser(readSeveral)
      .makeOptionMandatory(),
  );
  create.option('-n, --number <ids>', 'the numbers that it may use, with commas; all unless given', readSeveral);
  create.option('--expires-in <time>', 'for example 90d');
  create.action((name: string, options: CreateKeyOptions & CommonOptions) => {
    return line.run(options, (context) => createKey(context, name, options));
  });
  line.finish(create, ['keys create support-desk --local --scope write --number 106540352242922 --expires-in 90d']);

  const list = line.add(keys, 'list', 'List keys');
  list.action((options: CommonOptions) => line.run(options, listKeys));
  line.finish(list, ['keys list --local']);

  const rotate = line.add(keys, 'rotate', 'Give a key a new secret; the old one works a while longer').argument('<id>');
  rotate.option('--overlap <time>', 'how long the old secret still works, for example 1d');
  rotate.action((id: string, options: { overlap?: string } & CommonOptions) => {
    return line.run(options, (context) => rotateKey(context, id, options));
  });
  line.finish(rotate, [`keys rotate ${KEY} --local --overlap 1d`]);

  const revoke = line.add(keys, 'revoke', 'Revoke a key, for good').argument('<id>');
  revoke.action((id: string, options: CommonOptions) => line.run(options, (context) => revokeKey(context, id)));
  line.finish(revoke, [`keys revoke ${KEY} --local`]);
}
