import { type Command, Option } from 'commander';
import type { CommandLine } from '../command-line.ts';
import { compareLists } from '../commands/compare.ts';
import { type ListOptions, listUsers } from '../commands/list.ts';
import { listNumbers, listOperations, type OperationsOptions, reconcile, showBlocklist } from '../commands/numbers.ts';
import type { CommonOptions, NumberOptions } from '../context.ts';
import { withLimit, withNumber } from '../options.ts';

/** Commands about the list of a number as a whole. */
export function addNumberCommands(root: Command, line: CommandLine): void {
  root.commandsGroup('Numbers:');
  const numbers = line.add(root, 'numbers', 'List the numbers, and how full their lists are');
  numbers.action((options: CommonOptions) => line.run(options, listNumbers));
  line.finish(numbers, ['numbers --local']);

  const list = withFormat(withLimit(withNumber(line.add(root, 'list', 'List who is blocked')), 100));
  list.action((options: ListOptions & CommonOptions) => line.run(options, (context) => listUsers(context, options)));
  line.finish(list, ['list --local --number 106540352242922 --limit 20']);

  const whole = withFormat(withNumber(line.add(root, 'export', 'Write the whole list, in a form that `import` reads')));
  whole.action((options: ListOptions & CommonOptions) => {
    return line.run(options, (context) => listUsers(context, { ...options, format: options.format ?? 'csv' }));
  });
  line.finish(whole, [
    'export --local --number 106540352242922 > blocked.csv',
    'export --local --number 106540352242922 --reason-code spam --blocked-before 52w > old-spam.csv',
  ]);

  const blocklist = withNumber(
    line.add(root, 'blocklist', 'Say how full the list is, and when it was last compared with Graph'),
  );
  blocklist.action((options: NumberOptions & CommonOptions) => {
    return line.run(options, (context) => showBlocklist(context, options));
  });
  line.finish(blocklist, ['blocklist --local --number 106540352242922']);

  const operations = withLimit(
    withNumber(line.add(root, 'operations', 'List what was done to a number, newest first')),
    50,
  );
  operations.option('--since <time>', 'a date, or how long ago: 24h');
  operations.option('--until <time>', 'the same');
  operations.option('--actor <name>', 'only what this caller did');
  operations.option('--reason-code <code>', 'only what was done with this code');
  operations.action((options: OperationsOptions & CommonOptions) => {
    return line.run(options, (context) => listOperations(context, options));
  });
  line.finish(operations, ['operations --local --number 106540352242922 --since 24h']);

  const reconciled = withNumber(line.add(root, 'reconcile', "Compare the mirror with Graph's list now"));
  reconciled.action((options: NumberOptions & CommonOptions) =>
    line.run(options, (context) => reconcile(context, options)),
  );
  line.finish(reconciled, ['reconcile --local --number 106540352242922']);

  const compare = withNumber(
    line.add(
      root,
      'compare',
      "Check the mirror against Graph's list, user by user; on every number unless one is given",
    ),
  );
  compare.action((options: NumberOptions & CommonOptions) =>
    line.run(options, (context) => compareLists(context, options)),
  );
  line.finish(compare, ['compare --local', 'compare --local --number 106540352242922 --output json']);
}

const SOURCES = ['api', 'job', 'external', 'expiry', 'deferred', 'webhook', 'graph'];

function withFormat(command: Command): Command {
  return command
    .addOption(new Option('--format <format>', 'how the rows are written').choices(['table', 'json', 'ndjson', 'csv']))
    .option('--reason-code <code>', 'only blocks with this code')
    .option('--blocked-by <name>', 'only blocks of this caller')
    .option('--blocked-before <time>', 'only blocks from before: a date, or how long ago (52w)')
    .option('--blocked-after <time>', 'only blocks from after')
    .option('--expires-before <time>', 'only blocks that end by themselves before')
    .addOption(
      new Option('--source <source>', "only blocks of this source; graph: Graph's own list, not the mirror").choices(
        SOURCES,
      ),
    );
}
