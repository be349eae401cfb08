/** `node bench/cost/scale.ts`: which quota is met at which load, and what to do then, as Markdown. */
import { COUNTS } from './counts.ts';
import { scaleTables } from './scale-tables.ts';

for (const [name, table] of Object.entries(scaleTables(COUNTS))) process.stdout.write(`## ${name}\n\n${table}\n\n`);
