/** A table of Markdown; every column but the first is aligned to the right where `right` says so. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], right = true): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = `|${head.map((_, index) => (index === 0 || !right ? '---' : '--:')).join('|')}|`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}

/** Dollars: whole ones from a hundred on, cents from one on, below that two digits that count. */
export function money(dollars: number): string {
  if (dollars === 0) return '$0';
  if (dollars >= 100) return `$${amount(Math.round(dollars))}`;
  if (dollars >= 1) return `$${dollars.toFixed(2)}`;
  return `$${dollars.toPrecision(2)}`;
}

/** A count with thousands apart; below ten with up to two digits behind the point. */
export function amount(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: value >= 100 ? 0 : value >= 10 ? 1 : 2 });
}

/** What something is limited to, rounded down: nobody gets the rest of it. */
export function atMost(value: number): string {
  if (value < 10) return amount(Math.floor(value * 10) / 10);
  const step = 10 ** Math.max(0, Math.floor(Math.log10(value)) - 1);
  return amount(Math.floor(value / step) * step);
}
