/**
 * `node bench/cost/document.ts`: puts the tables into `docs/cost-and-scale.md`, between the comments that name them. To be run
 * after the counts, the prices or the quotas have changed.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { COUNTS } from './counts.ts';
import { fillTables } from './fill-tables.ts';

const file = join(import.meta.dirname, '../../docs/cost-and-scale.md');
writeFileSync(file, fillTables(readFileSync(file, 'utf8'), COUNTS));
