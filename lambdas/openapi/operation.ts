import { z } from 'zod';
import * as values from './values.ts';

const { count } = values;

/** One call to Graph. */
export const operation = z
  .strictObject({
    operation_id: z.string(),
    at: values.time,
    action: z
      .enum([...values.action.options, 'erase'])
      .describe('`erase`: nothing was changed at Graph, but the records of a user were erased'),
    source: values.source,
    actor: values.actor,
    on_behalf_of: values.onBehalfOf.optional(),
    reason: values.reason.optional(),
    reason_code: values.reasonCode.optional(),
    status: z
      .enum(['started', 'finished', 'failed', 'uncertain', 'resolved'])
      .describe(
        '`uncertain`: Graph may have applied it without saying so; `resolved`: a later reconciliation found out which',
      ),
    users: count,
    counts: z.strictObject({ succeeded: count, failed: count, deferred: count }),
    duration_ms: count.optional(),
    code: values.code.optional(),
    job_id: values.jobId.optional(),
  })
  .meta({ id: 'Operation' });
export type Operation = z.infer<typeof operation>;

export const operations = z
  .strictObject({ data: z.array(operation), paging: values.paging })
  .meta({ id: 'Operations' });
export type Operations = z.infer<typeof operations>;
