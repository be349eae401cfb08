import { format } from './measure/stats.ts';
import type { Result } from './thresholds.ts';

/** The results for a terminal: a line for each, and below it how it was measured. */
export function report(results: readonly Result[]): string {
  return results
    .map(({ name, value, unit, bar, goal, holds, detail }) => {
      const aim = goal === null ? '' : `, goal ${format(goal)}`;
      const verdict = holds ? 'holds' : 'DOES NOT HOLD';
      return `${verdict.padEnd(6)}  ${format(value).padStart(7)} ${unit}  (threshold ${format(bar)}${aim})  ${name}\n${' '.repeat(8)}${detail}`;
    })
    .join('\n');
}
