import type { DryRun } from '../../lambdas/openapi/dry-run.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { RowCounts } from '../import/report.ts';
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

/**
 * What a request would do, as counts, and each user who is not simply new; of an import also the rows of its file. Exit code 1
 * if some would fail, or cannot be sent.
 */
export function printDryRun(context: Context, answer: DryRun, file?: RowCounts): ExitCode {
  const { users, results, truncated } = answer.dry_run;
  print(context, { ...file, ...answer }, () => {
    const counts = facts([
      ...(file ? rowFacts(file) : []),
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
  const failing = users.malformed + users.protected + users.no_room + (file?.malformed ?? 0);
  return failing > 0 ? EXIT.someUsersFailed : EXIT.ok;
}

function rowFacts({ rows, malformed, duplicates }: RowCounts) {
  return [
    ['Rows', rows],
    ['Malformed rows', malformed],
    ['Duplicate rows', duplicates],
  ] as const;
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
