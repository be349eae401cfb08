import type { Row } from '../../../cli/import/read-rows.ts';
import type { ReadImport } from '../changes/read-import.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Fact } from '../ui/fact.tsx';
import { count, countOf, Long, Said } from '../ui/text.tsx';

/** Rows and lines that are shown before anything is sent. */
const PREVIEW = 5;
const MOST_PROBLEMS = 20;

/** What a file has: how many of what, what cannot be sent and why, and its first rows. */
export function ImportRows({ of: { table, grouped, users } }: { readonly of: ReadImport }) {
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
      <h3>The first rows</h3>
      <DataTable
        caption="The first rows"
        columns={PREVIEW_COLUMNS}
        rows={table.rows.slice(0, PREVIEW)}
        keyOf={({ line }) => String(line)}
      />
    </>
  );
}

const PREVIEW_COLUMNS: readonly Column<Row>[] = [
  { head: 'Line', isNumber: true, cell: ({ line }) => line },
  { head: 'User', cell: ({ user }) => <Long text={user} /> },
  {
    head: 'Is sent as',
    cell: ({ id, problem }) => (id === undefined ? <Said>{problem ?? ''}</Said> : <Said>{id}</Said>),
  },
  { head: 'Reason code', cell: ({ reasonCode }) => reasonCode && <Said>{reasonCode}</Said> },
  { head: 'Reason', cell: ({ reason }) => reason && <Long text={reason} /> },
  { head: 'Ends', cell: ({ expiresAt }) => expiresAt },
];

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
