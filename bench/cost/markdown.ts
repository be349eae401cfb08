/** A table of Markdown; every column but the first is aligned to the right unless `right` is false. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], right = true): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = `|${head.map((_, index) => (index === 0 || !right ? '---' : '--:')).join('|')}|`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}

/** A document with each table between its comments, `<!-- table: <name> -->` and `<!-- end -->`. */
export function fillTables(text: string, tables: Readonly<Record<string, string>>): string {
  const left = new Set(Object.keys(tables));
  const filled = text.replaceAll(/(?<=<!-- table: ([\w-]+) -->\n)[\s\S]*?(?=<!-- end -->)/g, (_, name) => {
    if (!left.delete(name)) throw new Error(`There is no table ${name}`);
    return `${tables[name]}\n`;
  });
  if (left.size > 0) throw new Error(`The document has no place for ${[...left].join(', ')}`);
  return filled;
}

/** Dollars: whole ones from a hundred on, cents from one on, below that two digits that count. */
export function money(dollars: number): string {
  if (dollars === 0) return '$0';
  if (dollars >= 100) return `$${amount(Math.round(dollars))}`;
  return `$${dollars >= 1 ? dollars.toFixed(2) : dollars.toPrecision(2)}`;
}

/** A count with thousands apart; below ten with up to two digits behind the point. */
export function amount(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: value >= 100 ? 0 : value >= 10 ? 1 : 2 });
}

/** A limit, rounded down. */
export function atMost(value: number): string {
  if (value < 10) return amount(Math.floor(value * 10) / 10);
  const step = 10 ** Math.max(0, Math.floor(Math.log10(value)) - 1);
  return amount(Math.floor(value / step) * step);
}
