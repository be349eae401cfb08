import type { DryRun } from '../../lambdas/openapi/dry-run.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { print } from '../output/print.ts';
import { type Column, facts, table } from '../output/table.ts';

type Result = DryRun['dry_run']['results'][number];

const COLUMNS: readonly Column<Result>[] = [
  { head: 'USER', of: ({ input }) => input },
  { head: 'NUMBER', of: ({ phone_number_id }) => phone_number_id },
  { head: 'WOULD', of: ({ would }) => would },
  { head: 'STATE', of: ({ state }) => state },
  { head: 'CODE', of: ({ code }) => code },
  { head: 'WHY', of: ({ message }) => message },
];

/** What a request would do, as counts, and each user who is not simply new. Exit code 1 if some would fail. */
export function printDryRun(context: Context, answer: DryRun): ExitCode {
  const { users, results, truncated } = answer.dry_run;
  print(context, answer, () => {
    const counts = facts([
      ['Sent', users.sent],
      ['Distinct', users.distinct],
      ['New', users.new],
      ['Already so', users.already],
      ['Malformed', users.malformed],
      ['Protected', users.protected],
      ['No room', users.no_room],
    ]);
    const more = truncated ? `… and more than these ${results.length}\n` : '';
    return `${counts}${results.length > 0 ? '\n' : ''}${table(COLUMNS, results)}${more}`;
  });
  return users.malformed + users.protected + users.no_room > 0 ? EXIT.someUsersFailed : EXIT.ok;
}

/** As many results as one answer has. */
const MOST_RESULTS = 1_000;
type Counts = DryRun['dry_run']['users'];

/** Several dry runs as one. */
export function joined(answers: readonly DryRun[]): DryRun {
  const all = answers.map(({ dry_run }) => dry_run);
  const results = all.flatMap((one) => one.results);
  const sum = (name: keyof Counts) => all.reduce((total, { users }) => total + users[name], 0);
  return {
    messaging_product: 'whatsapp',
    dry_run: {
      users: {
        sent: sum('sent'),
        distinct: sum('distinct'),
        new: sum('new'),
        already: sum('already'),
        malformed: sum('malformed'),
        protected: sum('protected'),
        no_room: sum('no_room'),
      },
      results: results.slice(0, MOST_RESULTS),
      truncated: results.length > MOST_RESULTS || all.some(({ truncated }) => truncated),
    },
  };
}
