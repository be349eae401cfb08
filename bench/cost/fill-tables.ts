import { costTables } from './cost-tables.ts';
import type { CostCounts } from './counts-schema.ts';
import { scaleTables } from './scale-tables.ts';

/** A document with each table between its comments, `<!-- table: <name> -->` and `<!-- end -->`, as the counts give it. */
export function fillTables(text: string, counts: CostCounts): string {
  const tables = { ...costTables(counts), ...scaleTables(counts) };
  const left = new Set(Object.keys(tables));
  const filled = text.replaceAll(/(<!-- table: ([\w-]+) -->\n)[\s\S]*?(<!-- end -->)/g, (_, begin, name, end) => {
    const table = tables[name];
    if (table === undefined) throw new Error(`There is no table ${name}`);
    left.delete(name);
    return `${begin}${table}\n${end}`;
  });
  if (left.size > 0) throw new Error(`The document has no place for ${[...left].join(', ')}`);
  return filled;
}
