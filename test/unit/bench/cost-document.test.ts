/** What the document says is what the scripts print. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dollars } from '../../../bench/cost/bill.ts';
import { COUNTS } from '../../../bench/cost/counts.ts';
import { fillTables } from '../../../bench/cost/fill-tables.ts';
import { money } from '../../../bench/cost/markdown.ts';
import { PRICES } from '../../../bench/cost/prices.ts';
import { QUOTAS } from '../../../bench/cost/quotas.ts';
import { jobLoad, numberLimits } from '../../../bench/cost/scale-tables.ts';

const document = readFileSync(join(import.meta.dirname, '../../../docs/cost-and-scale.md'), 'utf8');

describe('docs/cost-and-scale.md', () => {
  it('has every table as the scripts print it: `node bench/cost/document.ts` puts them in', () => {
    expect(document).toBe(fillTables(document, COUNTS));
  });

  it('is refused where a table has no place, or a place no table', () => {
    const place = '<!-- table: job -->\n';
    expect(() => fillTables(document.replace(place, ''), COUNTS)).toThrow('no place for job');
    expect(() => fillTables(document.replace(place, '<!-- table: jobs -->\n'), COUNTS)).toThrow('no table jobs');
  });

  it('names the transitions that the template has, and what a wait costs', () => {
    const { job, reconciliation } = COUNTS.stack.transitions;
    expect(document).toContain(`Transitions are ${job.perJob} for the\njob and ${job.perChunk} for each chunk`);
    expect(document).toContain(`that Graph asks for is ${job.perWait} transitions`);
    expect(document).toContain(`${money(dollars('transitions', job.perWait))} and some milliseconds of Lambda`);
    expect(document).toContain(
      `share an execution (${reconciliation.perGroup} transitions), a run has ${reconciliation.perRun}, each further 1,000 numbers ${reconciliation.perPage}`,
    );
  });
});

it('every price and every quota names its page', () => {
  for (const { source } of [...Object.values(PRICES), ...Object.values(QUOTAS)]) {
    expect(source).toMatch(/^https:\/\/(docs\.aws\.amazon\.com|aws\.amazon\.com|developers\.facebook\.com)\/\S+$/);
  }
});

describe('limits', () => {
  const twoCallsEach = { waitMs: 1_000, cpuMs: 0, calls: 1, lines: 0, logBytes: 0 };
  const nothing = { functions: {}, readUnits: 0, writeUnits: 0, dynamoCalls: 0, graphCalls: 0, secretReads: 0 };
  const inStep = { ...nothing, functions: { 'reconcile-numbers': twoCallsEach }, graphCalls: 2 };
  const chunks = { ...twoCallsEach, calls: 64, waitMs: 64_000 };
  const counts = {
    ...COUNTS,
    activities: {
      ...COUNTS.activities,
      inStepThousand: inStep,
      blockOne: { ...nothing, functions: { 'block-users': twoCallsEach } },
      job: { ...nothing, functions: { 'process-chunk': chunks }, writeUnits: 128_000 },
    },
  };

  it('of the numbers come in the order in which lists of 1,000 users meet them', () => {
    const metAt = numberLimits(counts).map((row) => row.metAt[1] ?? 0);
    expect(metAt).toEqual([...metAt].sort((a, b) => a - b));
    // Two calls a number: 5,000 ÷ 2. A second a number: 2 × 3,600 and 100 × 3,600 an hour; 8 × 230 s of due numbers.
    expect(metAt).toEqual(expect.arrayContaining([2_500, 7_200, 360_000, 1_840]));
  });

  it('of jobs follow from a chunk: four at once, of a second, 2,000 units and 4 transitions each', () => {
    expect(jobLoad(counts)).toEqual({
      chunkSeconds: 1,
      usersPerSecond: 4_000,
      writesPerSecond: 8_000,
      transitionsPerSecond: 16,
    });
  });
});
