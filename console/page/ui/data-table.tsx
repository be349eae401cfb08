import type { ComponentChildren } from 'preact';
import type { Paged } from '../service/use-load.ts';
import { FailureBox, Loading } from './states.tsx';
import { count } from './text.tsx';

export interface Column<Row> {
  readonly head: string;
  readonly cell: (row: Row) => ComponentChildren;
  readonly isNumber?: boolean;
}

interface DataTableProps<Row> {
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row, index: number) => string;
}

/** On a narrow screen each row is a card. The roles keep it a table to screen readers, which look at how it is displayed. */
const ROLES = {
  table: { role: 'table' },
  row: { role: 'row' },
  head: { role: 'columnheader' },
  cell: { role: 'cell' },
  group: { role: 'rowgroup' },
} as const;

export function DataTable<Row>({ caption, columns, rows, keyOf }: DataTableProps<Row>) {
  return (
    <table class="data" {...ROLES.table}>
      <caption class="hidden">{caption}</caption>
      <thead {...ROLES.group}>
        <tr {...ROLES.row}>
          {columns.map(({ head, isNumber }) => (
            <th key={head} scope="col" class={isNumber ? 'number' : ''} {...ROLES.head}>
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody {...ROLES.group}>
        {rows.map((row, index) => (
          <tr key={keyOf(row, index)} {...ROLES.row}>
            {columns.map(({ head, cell, isNumber }) => (
              <td key={head} data-head={head} class={isNumber ? 'number' : ''} {...ROLES.cell}>
                <div>{cell(row)}</div>
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface PagedTableProps<Row> extends Omit<DataTableProps<Row>, 'rows'> {
  readonly of: Paged<Row>;
  readonly what: string;
  readonly empty: ComponentChildren;
}

/** A table that grows page by page, with all that can be in its place. */
export function PagedTable<Row>({ of, what, empty, ...table }: PagedTableProps<Row>) {
  const { rows, isLoading, failure, more, reload } = of;
  return (
    <>
      {rows.length > 0 && <DataTable {...table} rows={rows} />}
      {rows.length === 0 && !isLoading && failure === undefined && empty}
      {isLoading && <Loading what={what} />}
      {failure !== undefined && !isLoading && <FailureBox failure={failure} retry={more ?? reload} />}
      {rows.length > 0 && !isLoading && failure === undefined && (
        <p class="pager">
          <span role="status">
            {more === undefined ? `All ${count(rows.length)}` : `The first ${count(rows.length)}`}
          </span>
          {more !== undefined && (
            <button type="button" onClick={more}>
              Load more
            </button>
          )}
        </p>
      )}
    </>
  );
}
