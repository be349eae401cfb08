import { type GroupTerms, termsOf } from '../../../cli/import/groups.ts';
import type { Row } from '../../../cli/import/read-rows.ts';
import { lengthOf } from '../../../cli/output/age.ts';
import type { ReadImport } from '../changes/read-import.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Fact } from '../ui/fact.tsx';
import { count, countOf, Long, Said } from '../ui/text.tsx';

/** Rows and lines that are shown before anything is sent. */
const PREVIEW = 5;
const MOST_PROBLEMS = 20;

/** What a file has: how many of what, what cannot be sent and why, and its first rows. */
export function ImportRows({ of: { table, grouped, users, usual } }: { readonly of: ReadImport }) {
  const malformed = table.rows.filter(({ problem }) => problem !== undefined);
  return (
    <>
      <dl class="facts">
        <Fact name="Rows" value={table.rows.length} />
        <Fact name="Users to send" value={users} />
        <Fact name="Duplicates" value={grouped.duplicates.length} />
        <Fact name="Cannot be sent" value={malformed.length} />
      </dl>
      {malformed.length > 0 && <Problems rows={malformed} />}
      <h3>What is recorded for the first rows</h3>
      <DataTable
        caption="What is recorded for the first rows"
        columns={previewColumns(usual)}
        rows={table.rows.slice(0, PREVIEW)}
        keyOf={({ line }) => String(line)}
      />
    </>
  );
}

/** Rows with all that is recorded for them, also what the form says for rows that do not say it. */
function previewColumns(usual: GroupTerms): readonly Column<Row>[] {
  return [
    { head: 'Line', isNumber: true, cell: ({ line }) => line },
    { head: 'User', cell: ({ user }) => <Long text={user} /> },
    {
      head: 'Is sent as',
      cell: ({ id, problem }) => (id === undefined ? <Said>{problem ?? ''}</Said> : <Said>{id}</Said>),
    },
    {
      head: 'Reason',
      cell: (row) => {
        const { reasonCode } = termsOf(row, usual);
        return reasonCode && <Said>{reasonCode}</Said>;
      },
    },
    {
      head: 'Note',
      cell: (row) => {
        const { reason } = termsOf(row, usual);
        return reason && <Long text={reason} />;
      },
    },
    {
      head: 'Ends',
      cell: (row) => {
        const { expiresAt, expiresIn } = termsOf(row, usual);
        return expiresAt ?? (expiresIn === undefined ? '' : `in ${lengthOf(expiresIn)}`);
      },
    },
  ];
}

function Problems({ rows }: { readonly rows: readonly Row[] }) {
  return (
    <details open>
      <summary>{countOf(rows.length, 'row')} cannot be sent, and why</summary>
      <ul>
        {rows.slice(0, MOST_PROBLEMS).map(({ line, user, problem }) => (
          <li key={line}>
            Line {line}, <Said>{user}</Said>: <Said>{problem ?? ''}</Said>
          </li>
        ))}
        {rows.length > MOST_PROBLEMS && <li>… and {count(rows.length - MOST_PROBLEMS)} more</li>}
      </ul>
    </details>
  );
}
