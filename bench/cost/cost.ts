/** `node bench/cost/cost.ts`: what the service costs, from the counts and the prices beside this file, as Markdown. */
import { costTables } from './cost-tables.ts';
import { COUNTS } from './counts.ts';

for (const [name, table] of Object.entries(costTables(COUNTS))) process.stdout.write(`## ${name}\n\n${table}\n\n`);
