import { type Command, Option } from 'commander';
import type { CommandLine } from '../command-line.ts';
import {
  changeJob,
  type JobsOptions,
  type JobUsersOptions,
  listJobs,
  listJobUsers,
  type RevertOptions,
  revertJob,
  showJob,
  watchJob,
} from '../commands/jobs.ts';
import type { CommonOptions } from '../context.ts';
import { readCount, withLimit, withReason } from '../options.ts';

const JOB = '106540352242922-01JG0000000000000000000000';
const STATUSES = ['queued', 'running', 'succeeded', 'partially_failed', 'failed', 'cancelled'];

/** Commands about jobs. */
export function addJobCommands(root: Command, line: CommandLine): void {
  root.commandsGroup('Jobs:');
  const jobs = line.add(root, 'jobs', 'List, watch, cancel, retry or revert jobs');

  const list = withLimit(line.add(jobs, 'list', 'List jobs, newest first'), 20);
  list.option('-n, --number <id>', 'only jobs of this number');
  list.addOption(new Option('--status <status>', 'only jobs in this status').choices(STATUSES));
  list.action((options: JobsOptions & CommonOptions) => line.run(options, (context) => listJobs(context, options)));
  line.finish(list, ['jobs list --local', 'jobs list --local --status running']);

  const show = line.add(jobs, 'show', 'Show one job').argument('<id>');
  show.action((id: string, options: CommonOptions) => line.run(options, (context) => showJob(context, id)));
  line.finish(show, [`jobs show ${JOB} --local`]);

  const watch = line.add(jobs, 'watch', 'Show the progress of a job until it ends').argument('<id>');
  watch.action((id: string, options: CommonOptions) => line.run(options, (context) => watchJob(context, id)));
  line.finish(watch, [`jobs watch ${JOB} --local`]);

  const users = line.add(jobs, 'users', 'List the users of a job with their outcome').argument('<id>');
  users.addOption(new Option('--outcome <outcome>', 'only these').choices(['failed', 'deferred', 'succeeded']));
  users.option('--limit <count>', 'at most so many rows', readCount);
  users.action((id: string, options: JobUsersOptions & CommonOptions) => {
    return line.run(options, (context) => listJobUsers(context, id, options));
  });
  line.finish(users, [`jobs users ${JOB} --local --outcome failed`]);

  const cancel = line.add(jobs, 'cancel', 'Stop what a job has not sent').argument('<id>');
  cancel.action((id: string, options: CommonOptions) =>
    line.run(options, (context) => changeJob(context, id, 'cancel')),
  );
  line.finish(cancel, [`jobs cancel ${JOB} --local`]);

  const revert = withReason(
    line.add(jobs, 'revert', 'Undo what a job did. Who was so before it, or was changed since, stays'),
  ).argument('<id>');
  revert.option('--expires-in <time>', 'if it blocks users again: for how long, 30m, 12h, 7d, 2w …');
  revert.option('--expires-at <date>', 'if it blocks users again: until then');
  revert.action((id: string, options: RevertOptions & CommonOptions) => {
    return line.run(options, (context) => revertJob(context, id, options));
  });
  line.finish(revert, [`jobs revert ${JOB} --local --reason "wrong list"`]);

  const retry = line.add(jobs, 'retry', 'Run again what failed in a job').argument('<id>');
  retry.action((id: string, options: CommonOptions) => line.run(options, (context) => changeJob(context, id, 'retry')));
  line.finish(retry, [`jobs retry ${JOB} --local`]);
}
