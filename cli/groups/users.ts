import type { Command } from 'commander';
import type { CommandLine } from '../command-line.ts';
import { blockUsers, type ChangeOptions, unblockUsers } from '../commands/change-users.ts';
import { type LookupOptions, lookupUsers } from '../commands/lookup.ts';
import { type ShowOptions, showUser } from '../commands/show.ts';
import type { CommonOptions } from '../context.ts';
import { withLimit, withNumber, withReason, withTerms } from '../options.ts';

/** Commands about users of one number. */
export function addUserCommands(root: Command, line: CommandLine): void {
  root.commandsGroup('Users:');
  const block = withTerms(withReason(withNumber(line.add(root, 'block', 'Block users'))));
  block.argument('<user...>', 'phone numbers with + and the country code, wa_ids, or BSUIDs');
  block.action((users: string[], options: ChangeOptions & CommonOptions) => {
    return line.run(options, (context) => blockUsers(context, users, options));
  });
  line.finish(block, [
    'block +16505551234 --local --number 106540352242922 --reason "sent spam"',
    'block +16505551234 +16505551235 --local --number 106540352242922 --expires-in 7d --defer',
  ]);

  const unblock = withReason(withNumber(line.add(root, 'unblock', 'Unblock users')));
  unblock.argument('<user...>', 'phone numbers with + and the country code, wa_ids, or BSUIDs');
  unblock.option('--yes', 'do not ask before more than 1,000 users are unblocked');
  unblock.action((users: string[], options: ChangeOptions & CommonOptions) => {
    return line.run(options, (context) => unblockUsers(context, users, options));
  });
  line.finish(unblock, ['unblock +16505551234 --local --number 106540352242922 --reason "by mistake"']);

  const lookup = withNumber(line.add(root, 'lookup', 'Say which of these users are blocked'));
  lookup.argument('[user...]', 'or - for the input, a user a line');
  lookup.option('-f, --file <file>', 'a user a line');
  lookup.action((users: string[], options: LookupOptions & CommonOptions) => {
    return line.run(options, (context) => lookupUsers(context, users, options));
  });
  line.finish(lookup, [
    'lookup +16505551234 +16505551235 --local --number 106540352242922',
    'lookup - --local --number 106540352242922 --output json < users.txt',
  ]);

  const show = withLimit(
    withNumber(line.add(root, 'show', 'Show one user: blocked or not, and who did what, when, why')),
    20,
  );
  show.argument('<user>');
  show.action((user: string, options: ShowOptions & CommonOptions) => {
    return line.run(options, (context) => showUser(context, user, options));
  });
  line.finish(show, ['show +16505551234 --local --number 106540352242922']);
}
