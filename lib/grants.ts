import type { WorkflowName } from '../lambdas/contract/functions.ts';
import type { BlocklistTable } from './constructs/blocklist-table.ts';
import type { Events } from './constructs/events.ts';
import type { Functions } from './constructs/functions.ts';
import type { KeysTable } from './constructs/keys-table.ts';
import type { TokenSecret } from './constructs/token-secret.ts';
import type { Workflow } from './constructs/workflow.ts';

export interface GrantsProps {
  readonly functions: Functions;
  readonly table: BlocklistTable;
  readonly keys: KeysTable | undefined;
  readonly tokens: TokenSecret;
  readonly events: Events;
  readonly workflows: Readonly<Record<WorkflowName, Workflow>>;
}

/** Lets each function do only what its record says. The owner of a resource sets the variables for it. */
export function grant({ functions, table, keys, tokens, events, workflows }: GrantsProps): void {
  for (const [, spec, fn] of functions.all()) {
    if (spec.table !== undefined) table.grant(fn, spec.table);
    if (spec.findsDue) table.grantFindScheduled(fn);
    if (spec.keys !== undefined) keys?.grant(fn, spec.keys);
    if (spec.readsKeys) keys?.grant(fn, ['Query']);
    if (spec.publishes) events.grantPublish(fn);
    if (spec.recordsUseOfKeys) keys?.grantRecordUse(fn);
    if (spec.readsTokens) tokens.grantRead(fn);
    for (const workflow of spec.starts ?? []) workflows[workflow].grantStart(fn);
    if (spec.describes !== undefined) workflows[spec.describes].grantDescribe(fn);
  }
}
