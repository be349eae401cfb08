import { type Command, InvalidArgumentError, Option } from 'commander';

/** Options that every command has: which service to call, as whom, and how to print. */
export function withTarget(command: Command): Command {
  return command
    .optionsGroup('Which service, and as whom:')
    .option('--stage <name>', 'the stack Blocklist-<name> in your AWS account')
    .option('--api-url <url>', 'the address of the API (or BLOCKLIST_API_URL)')
    .option('--local', 'the stack that `npm start` keeps running')
    .option('--region <region>', 'the AWS region (or AWS_REGION)')
    .option('--profile <name>', 'the AWS profile (or AWS_PROFILE)')
    .option('--on-behalf-of <person>', 'recorded beside you with every change (or BLOCKLIST_ON_BEHALF_OF)')
    .optionsGroup('Output:')
    .addOption(
      new Option('-o, --output <format>', 'for people, or for scripts').choices(['table', 'json']).default('table'),
    );
}

export function withNumber(command: Command): Command {
  return command.option('-n, --number <id>', 'the phone number id (or BLOCKLIST_NUMBER)');
}

export function withReason(command: Command): Command {
  return command
    .option('--reason <text>', 'why, up to 256 characters; in the history')
    .option('--reason-code <code>', 'why, as one of the codes of the deployment');
}

export function withTerms(command: Command): Command {
  return command
    .option('--expires-in <time>', 'the block ends by itself after 30m, 12h, 7d, 2w …')
    .option('--expires-at <date>', 'the block ends by itself then, for example 2030-01-31T18:00:00Z')
    .option('--defer', 'users who did not write in the last 24 hours are blocked when they write');
}

export function withLimit(command: Command, limit: number): Command {
  return command.option('--limit <count>', 'at most so many rows', readCount, limit);
}

export function readCount(text: string): number {
  if (/^\d{1,6}$/.test(text) && Number(text) > 0) return Number(text);
  throw new InvalidArgumentError('It must be a whole number, 1 or more.');
}

export function readPort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) > 0 && Number(text) < 65_536) return Number(text);
  throw new InvalidArgumentError('It must be a port, 1 to 65535.');
}

/** For an option that can be given several times, or with commas. */
export function readSeveral(text: string, before: readonly string[] = []): string[] {
  return [...before, ...text.split(',')];
}
