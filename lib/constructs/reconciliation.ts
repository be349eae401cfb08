import type { Construct } from 'constructs';
import { ENV } from '../../lambdas/contract/environment.ts';
import type { DataProtection } from './data-protection.ts';
import {
  GROUPS_LABEL,
  type ReconciliationDefinitionProps,
  reconciliationDefinition,
} from './reconciliation-definition.ts';
import { Workflow } from './workflow.ts';

export interface ReconciliationProps extends ReconciliationDefinitionProps {
  readonly protection: DataProtection;
}

/**
 * Hours until an execution times out. Each group ends by itself long before, since its attempts are limited. This is for a
 * registry so long, or a Graph so slow, that the next runs of the schedule would pile up behind it.
 */
const TIMEOUT_HOURS = 6;

/**
 * The comparison of the mirror with Graph: input `{}` for every registered number, or `{groups: [{numbers: [{phoneNumberId,
 * attempts: 0}]}]}` for those numbers.
 */
export class Reconciliation extends Workflow {
  constructor(scope: Construct, id: string, props: ReconciliationProps) {
    super(scope, id, {
      protection: props.protection,
      name: 'reconciliation',
      comment: 'Compares the mirror with the lists that Graph has, group of numbers by group of numbers',
      functions: Object.values(props.functions),
      definition: (states) => reconciliationDefinition(states, props),
      mapLabel: GROUPS_LABEL,
      timeoutHours: TIMEOUT_HOURS,
      arnVariable: ENV.reconciliationArn,
    });
  }
}
