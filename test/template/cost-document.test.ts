/** What the document says is what `npm run bench:cost` makes of the counts and of the stack as it is now. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { dollars } from '../../bench/cost/bill.ts';
import counts from '../../bench/cost/counts.json' with { type: 'json' };
import { fillTables, money } from '../../bench/cost/markdown.ts';
import { readStack } from '../../bench/cost/stack.ts';
import { makeTables } from '../../bench/cost/tables.ts';

const document = readFileSync(join(import.meta.dirname, '../../docs/cost-and-scale.md'), 'utf8');
const basis = { ...counts, stack: readStack() };

it('has every table as `npm run bench:cost` makes it', () => {
  expect(document).toBe(fillTables(document, makeTables(basis)));
});

it('names the transitions that the template has, and what a wait costs', () => {
  const { job, reconciliation } = basis.stack.transitions;
  expect(document).toContain(`Transitions are ${job.perJob} for the\njob and ${job.perChunk} for each chunk`);
  expect(document).toContain(`that Graph asks for is ${job.perWait} transitions`);
  expect(document).toContain(`${money(dollars('transitions', job.perWait))} and some milliseconds of Lambda`);
  expect(document).toContain(
    `share an execution (${reconciliation.perGroup} transitions), a run has ${reconciliation.perRun}, each further 1,000 numbers ${reconciliation.perPage}`,
  );
});
