/** What the document says is what `npm run bench:cost` makes of the counts and of the stack as it is now. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import counts from '../../bench/cost/counts.json' with { type: 'json' };
import { fillTables } from '../../bench/cost/markdown.ts';
import { readStack } from '../../bench/cost/stack.ts';
import { makeTables } from '../../bench/cost/tables.ts';

const document = readFileSync(join(import.meta.dirname, '../../docs/cost-and-scale.md'), 'utf8');
const basis = { ...counts, stack: readStack() };

it('has every table as `npm run bench:cost` makes it', () => {
  expect(document).toBe(fillTables(document, makeTables(basis)));
});
