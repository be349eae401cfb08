/**
 * `npm run bench:cost [-- count]`: what the service costs and which limit it meets first, in the tables of
 * `docs/cost-and-scale.md`: what was counted × prices, against quotas. With `count` it counts again before that, in four minutes.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { countAll } from './count.ts';
import json from './counts.json' with { type: 'json' };
import { fillTables } from './markdown.ts';
import { readStack } from './stack.ts';
import { makeTables } from './tables.ts';

const [wish, ...rest] = process.argv.slice(2);
if (rest.length > 0 || (wish ?? 'count') !== 'count') throw new Error('Usage: npm run bench:cost [-- count]');
const counts = wish === 'count' ? await countAll() : json;
writeFileSync(join(import.meta.dirname, 'counts.json'), `${JSON.stringify(counts, null, 2)}\n`);
const tables = makeTables({ ...counts, stack: readStack() });
const file = join(import.meta.dirname, '../../docs/cost-and-scale.md');
writeFileSync(file, fillTables(readFileSync(file, 'utf8'), tables));
for (const [name, table] of Object.entries(tables)) process.stdout.write(`## ${name}\n\n${table}\n\n`);
