import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { z } from 'zod';

const rows = z.array(z.object({ user: z.string() }));

/** The `user` column of a CSV with a header line, unchanged: the service cleans the numbers up. */
export function readUserList(file: string): string[] {
  const parsed: unknown = parse(readFileSync(file), { columns: true, bom: true, skip_empty_lines: true, trim: true });
  return rows.parse(parsed).map(({ user }) => user);
}
