import json from './counts.json' with { type: 'json' };
import { type CostCounts, countsSchema } from './counts-schema.ts';

/** As the last run of `bench/cost/count.ts` left them. */
export const COUNTS: CostCounts = countsSchema.parse(json);
