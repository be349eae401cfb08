import { useRef } from 'preact/hooks';
import type { Job } from '../../../lambdas/openapi/job.ts';
import { type Left, type LeftRow, leftCsv, loadResult, type Sent } from '../changes/import-result.ts';
import { href } from '../route.ts';
import { useLoad } from '../service/use-load.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Fact } from '../ui/fact.tsx';
import { saveFile } from '../ui/save-file.ts';
import { WhenLoaded } from '../ui/states.tsx';
import { count, countOf, Long, Said } from '../ui/text.tsx';

/** Milliseconds between two looks at jobs that run. */
const EVERY = 2_000;
/** Rows that are shown; the file has all of them. */
const MOST_SHOWN = 100;

/** What became of an import, row by row: in one place, from its sending to its end. */
export function ImportResult({ of }: { readonly of: Sent }) {
  const known = useRef(new Map<string, Job>());
  const result = useLoad(
    of.ids.join(' '),
    (signal) => loadResult(of, known.current, signal),
    ({ isFinal }) => (isFinal ? undefined : EVERY),
  );
  const { name, action, numbers, users, jobs, ids } = of;
  const [first] = ids;
  const to = jobs === 1 && first !== undefined ? href(['jobs', first]) : href(['jobs']);
  const verb = action === 'block' ? 'Blocked' : 'Unblocked';
  return (
    <section class="box" aria-labelledby="result">
      <h2 id="result">
        What became of <Said>{name}</Said>
      </h2>
      <p>
        <a href={to}>{countOf(jobs, 'job')}</a> started for {countOf(users, 'user')}.
        {numbers > 1 && ` Each user is counted on each of the ${numbers} numbers.`}
        {jobs > new Set(ids).size &&
          ` Of ${count(jobs - new Set(ids).size)} of them, sent before the page was reloaded, the outcome is on the page Jobs alone.`}
      </p>
      <WhenLoaded of={result} what="the outcome">
        {({ jobs: found, isFinal, left }) => {
          const sum = (part: keyof Job['users']) => found.reduce((all, job) => all + job.users[part], 0);
          const of_ = (what: Left) => left.filter((row) => row.left === what).length;
          return (
            <>
              <p role="status">{isFinal ? 'All is done.' : `${count(sum('remaining'))} still to do…`}</p>
              <dl class="facts">
                <Fact name={verb} value={sum('succeeded')} />
                {action === 'block' && <Fact name="Wait to be blocked" value={sum('deferred')} />}
                {isFinal && <Fact name="Left out: protected" value={of_('protected')} />}
                <Fact name="Failed" value={sum('failed') - of_('protected')} />
                <Fact name="Not sent" value={of_('not sent')} />
                <Fact name="Duplicates" value={of_('duplicate')} />
              </dl>
              {left.length > 0 && <LeftRows of={left} sent={of} />}
            </>
          );
        }}
      </WhenLoaded>
    </section>
  );
}

const NAMES: Readonly<Record<Left, string>> = {
  protected: 'Left out: is protected',
  failed: 'Failed',
  'not sent': 'Not sent',
  duplicate: 'Duplicate',
};

const COLUMNS: readonly Column<LeftRow>[] = [
  { head: 'Line', isNumber: true, cell: ({ row }) => row?.line },
  { head: 'User', cell: ({ user }) => <Long text={user} /> },
  { head: 'What became of it', cell: ({ left }) => NAMES[left] },
  { head: 'On number', cell: ({ number }) => number },
  { head: 'Why', cell: ({ left, why }) => left !== 'protected' && <Long text={why} /> },
];

function LeftRows({ of, sent }: { readonly of: readonly LeftRow[]; readonly sent: Sent }) {
  const title = `Rows that were not ${sent.action}ed`;
  const save = () => {
    const day = new Date().toISOString().slice(0, 10);
    saveFile(`not-${sent.action}ed-${sent.name.replace(/\.\w+$/, '')}-${day}.csv`, leftCsv(sent.table, of));
  };
  return (
    <>
      <h3>{title}</h3>
      <DataTable
        caption={title}
        columns={COLUMNS}
        rows={of.slice(0, MOST_SHOWN)}
        keyOf={({ row, number }, index) => `${index} ${row?.line} ${number}`}
      />
      <p class="actions">
        <button type="button" onClick={save}>
          Save all {count(of.length)} as CSV
        </button>
      </p>
    </>
  );
}
