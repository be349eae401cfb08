import type { DryRun } from '../../../lambdas/openapi/dry-run.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Fact } from '../ui/fact.tsx';
import { Long } from '../ui/text.tsx';

/** Users of a dry run that are shown. */
const MOST_SHOWN = 100;

type Would = DryRun['dry_run']['results'][number];

const WOULD_COLUMNS: readonly Column<Would>[] = [
  { head: 'User', cell: ({ input }) => <Long text={input} /> },
  { head: 'Number', cell: ({ phone_number_id: number }) => number ?? '' },
  { head: 'Would', cell: ({ would }) => would },
  { head: 'Is now', cell: ({ state }) => state },
  { head: 'Why', cell: ({ message }) => message && <Long text={message} /> },
];

interface WouldBeProps {
  readonly of: readonly DryRun['dry_run'][];
  readonly action: 'block' | 'unblock';
  /** How many. */
  readonly numbers: number;
}

/** What the import would do; nothing was sent to Meta or written. */
export function WouldBe({ of, action, numbers }: WouldBeProps) {
  const sum = (name: keyof DryRun['dry_run']['users']) => of.reduce((all, { users }) => all + users[name], 0);
  const results = of.flatMap((one) => one.results);
  return (
    <section aria-labelledby="would" class="box" role="status">
      <h2 id="would">Dry run: nothing was changed</h2>
      {numbers > 1 && <p class="muted">Each user is counted on each of the {numbers} numbers.</p>}
      <dl class="facts">
        <Fact name={action === 'block' ? 'Would be blocked' : 'Would be unblocked'} value={sum('new')} />
        <Fact name="Are so already" value={sum('already')} />
        <Fact name="Protected" value={sum('protected')} />
        <Fact name="No room" value={sum('no_room')} />
        <Fact name="Malformed" value={sum('malformed')} />
      </dl>
      {results.length > 0 && (
        <DataTable
          caption="Users who would not simply be changed"
          columns={WOULD_COLUMNS}
          rows={results.slice(0, MOST_SHOWN)}
          keyOf={({ input, phone_number_id }, index) => `${index} ${input} ${phone_number_id}`}
        />
      )}
    </section>
  );
}
