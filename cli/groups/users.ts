import { type Command, Option } from 'commander';
import type { CommandLine } from '../command-line.ts';
import { blockUsers, type ChangeOptions, unblockUsers } from '../commands/change-users.ts';
import { type EraseOptions, eraseUser } from '../commands/erase.ts';
import { importUsers } from '../commands/import.ts';
import { type LookupOptions, lookupUsers } from '../commands/lookup.ts';
import { listProtected, protectUser, type ReasonOptions, unprotectUser } from '../commands/protection.ts';
import { type ShowOptions, showUser } from '../commands/show.ts';
import type { CommonOptions } from '../context.ts';
import type { ImportOptions } from '../import/options.ts';
import { readSeveral, withLimit, withNumber, withReason, withTerms } from '../options.ts';

/** Commands about users of one number. */
export function addUserCommands(root: Command, line: CommandLine): void {
  root.commandsGroup('Users:');
  const block = withTerms(withReason(withNumber(line.add(root, 'block', 'Block users'))));
  block.argument('<user...>', 'phone numbers with + and the country code, wa_ids, or BSUIDs');
  block.option('--dry-run', 'say what would happen to whom, and do nothing');
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
  unblock.option('--dry-run', 'say what would happen to whom, and do nothing');
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

  const show = withLimit(line.add(root, 'show', 'Show one user: blocked or not, who did what, when and why'), 20);
  show.option('-n, --number <id>', 'on this number only; otherwise on every number');
  show.argument('<user>');
  show.action((user: string, options: ShowOptions & CommonOptions) => {
    return line.run(options, (context) => showUser(context, user, options));
  });
  line.finish(show, ['show +16505551234 --local', 'show +16505551234 --local --number 106540352242922']);

  const list = withTerms(
    withReason(line.add(root, 'import', 'Block or unblock the users of a CSV, and account for every row')),
  );
  list.argument('<file>', 'a CSV with a line of heads, or a user a line; - for the input');
  list.addOption(new Option('--action <action>', 'what to do').choices(['block', 'unblock']).makeOptionMandatory());
  list.option('-n, --number <ids>', 'the phone number ids, with commas (or BLOCKLIST_NUMBER)', readSeveral);
  list.option('--all-numbers', 'every number in use');
  list.option('--dry-run', 'say what would happen to whom, and do nothing');
  list.option('--user-column <name>', 'the column of users; by default input, wa_id, user_id, user, phone, …');
  list.option('--reason-column <name>', 'the column of reasons; by default reason');
  list.option('--reason-code-column <name>', 'the column of codes; by default reason_code');
  list.option('--expires-column <name>', 'the column of ends; by default expires_at');
  list.option('--one-reason', '--reason and --reason-code for all, not those of the rows');
  list.option('--failed <file>', 'write the rows that failed there, as a CSV that can be imported again');
  list.option('--resume', 'go on with an import that stopped');
  list.option('--restart', 'begin anew, although an import of this file stopped or was done before');
  list.option('--yes', 'do not ask before more than 1,000 users are unblocked');
  list.action((file: string, options: ImportOptions & CommonOptions) => {
    return line.run(options, (context) => importUsers(context, file, options));
  });
  line.finish(list, [
    'import users.csv --action block --local --number 106540352242922 --reason "campaign of spam" --failed failed.csv',
    'import - --action unblock --local --number 106540352242922 --yes < blocked.csv',
  ]);

  addProtectionCommands(root, line);
  const erase = line
    .add(root, 'erase', 'Erase what is stored about a person, for good, and say what remains')
    .argument('<user>');
  erase.option('-n, --number <ids>', 'only on these numbers, with commas', readSeveral);
  erase.option('--unblock', 'end their blocks as well; otherwise a block stays, with the id alone');
  erase.option('--yes', 'do not ask');
  erase.action((user: string, options: EraseOptions & CommonOptions) => {
    return line.run(options, (context) => eraseUser(context, user, options));
  });
  line.finish(erase, ['erase +16505551234 --local --unblock --yes']);
}

function addProtectionCommands(root: Command, line: CommandLine): void {
  const protect = withReason(line.add(root, 'protect', 'Protect a user: nobody can block them, on any number'));
  protect.argument('<user>').action((user: string, options: ReasonOptions & CommonOptions) => {
    return line.run(options, (context) => protectUser(context, user, options));
  });
  line.finish(protect, ['protect +16505551234 --local --reason "our own test phone"']);

  const unprotect = withReason(line.add(root, 'unprotect', 'End the protection of a user'));
  unprotect.argument('<user>').action((user: string, options: ReasonOptions & CommonOptions) => {
    return line.run(options, (context) => unprotectUser(context, user, options));
  });
  line.finish(unprotect, ['unprotect +16505551234 --local --reason "the phone was sold"']);

  const all = line.add(root, 'protected', 'List who is protected, or say whether one user is').argument('[user]');
  all.action((user: string | undefined, options: CommonOptions) => {
    return line.run(options, (context) => listProtected(context, user));
  });
  line.finish(all, ['protected --local', 'protected +16505551234 --local']);
}
