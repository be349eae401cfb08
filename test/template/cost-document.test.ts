/** What the document says is what `npm run bench:cost` makes of the counts and of the stack as it is now. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { dollars } from '../../bench/cost/bill.ts';
import { costTables } from '../../bench/cost/cost-tables.ts';
import counts from '../../bench/cost/counts.json' with { type: 'json' };
import { limitTables } from '../../bench/cost/limit-tables.ts';
import { fillTables, money } from '../../bench/cost/markdown.ts';
import { readStack } from '../../bench/cost/stack.ts';

const document = readFileSync(join(import.meta.dirname, '../../docs/cost-and-scale.md'), 'utf8');
const basis = { ...counts, stack: readStack() };

it('has every table as `npm run bench:cost` makes it', () => {
  expect(document).toBe(fillTables(document, { ...costTables(basis), ...limitTables(basis) }));
});

it('names the transitions that the template has, and what a wait costs', () => {
  const { job, reconciliation } = basis.stack.transitions;
  // However the paragraphs are wrapped.
  const text = document.replaceAll(/\s+/g, ' ');
  expect(text).toContain(`${job.perJob} transitions for the job, and ${job.perChunk} for each chunk`);
  expect(text).toContain(`that Graph asks for takes ${job.perWait} transitions`);
  expect(text).toContain(`${money(dollars('transitions', job.perWait))} and some milliseconds of Lambda`);
  expect(text).toContain(
    `share an execution (${reconciliation.perGroup} transitions). A run has ${reconciliation.perRun} transitions, and ${reconciliation.perPage} more for each further 1,000 numbers`,
  );
});
