/** A column of a table: its head, and what it shows of a row; nothing for an absent value. */
export interface Column<Row> {
  readonly head: string;
  readonly of: (row: Row) => string | number | boolean | undefined | null;
}

/** Rows as text in columns, each as wide as its longest value. Without rows, nothing. */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  if (rows.length === 0) return '';
  const cells = [columns.map(({ head }) => head), ...rows.map((row) => columns.map(({ of }) => printable(of(row))))];
  // A column that no row has anything for says nothing.
  const used = columns.map((_, place) => cells.slice(1).some((line) => line[place] !== ''));
  const shown = cells.map((line) => line.filter((_, place) => used[place]));
  const widths = (shown[0] ?? []).map((_, place) => Math.max(...shown.map((line) => widthOf(line[place] ?? ''))));
  return shown
    .map(
      (line) =>
        `${line
          .map((cell, place) => pad(cell, widths[place] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

/** Names and values, one a line. */
export function facts(
  pairs: readonly (readonly [name: string, value: string | number | boolean | undefined | null])[],
): string {
  const given = pairs.flatMap(([name, value]) =>
    value === undefined || value === null ? [] : [[name, printable(value)] as const],
  );
  const width = Math.max(0, ...given.map(([name]) => name.length));
  return given.map(([name, value]) => `${name.padEnd(width)}  ${value}\n`).join('');
}

/** Control characters and changes of direction could make a terminal show something else than is there. */
const NOT_SHOWN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

export function printable(value: string | number | boolean | undefined | null): string {
  if (value === undefined || value === null) return '';
  return String(value).replace(NOT_SHOWN, '�');
}

/** Letters of East Asian scripts take two columns. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Extended_Pictographic}/gu;

function widthOf(text: string): number {
  return [...text].length + (text.match(WIDE)?.length ?? 0);
}

function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}
