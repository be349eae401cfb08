import {
  Choice,
  Condition,
  DistributedMap,
  type IChainable,
  JsonPath,
  Pass,
  StateMachineType,
  Succeed,
  Wait,
  WaitTime,
} from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { RECONCILE_RESULT } from '../../lambdas/contract.ts';
import { lambdaTask } from './lambda-task.ts';
import type { ReconciliationProps } from './reconciliation.ts';

/** Part of the ARN of the executions that work on groups. */
export const GROUPS_LABEL = 'Groups';

/**
 * The groups of the input, or, a page at a time, of all numbers that are registered. What cannot be listed fails the
 * execution: nobody else would say so, and the schedule starts the next one anyway.
 */
export function reconciliationDefinition(
  scope: Construct,
  { functions, concurrency }: Pick<ReconciliationProps, 'functions' | 'concurrency'>,
): IChainable {
  const finished = new Succeed(scope, 'Finished', { comment: 'Nothing is handed on', outputPath: JsonPath.DISCARD });

  // The whole input is its payload, `{}` or `{after}`: a path to an `after` that is not there would fail the state.
  const listNumbers = lambdaTask(scope, 'List numbers', { fn: functions.listNumbers });

  // Distributed: each group has a history of its own, so that long waits do not fill one of 25,000 events.
  const groups = new DistributedMap(scope, 'Each group', {
    label: GROUPS_LABEL,
    mapExecutionType: StateMachineType.STANDARD,
    itemsPath: '$.groups',
    maxConcurrency: concurrency,
    // No group stops another.
    toleratedFailurePercentage: 100,
    resultPath: JsonPath.DISCARD,
  }).itemProcessor(groupDefinition(scope, functions.reconcileNumbers));

  listNumbers.next(groups);
  groups.next(
    new Choice(scope, 'More numbers?')
      .when(
        Condition.isPresent('$.after'),
        // Without the groups that are done: only the place to go on from.
        new Pass(scope, 'Next page', { parameters: { after: JsonPath.stringAt('$.after') } }).next(listNumbers),
      )
      .otherwise(finished),
  );
  return new Choice(scope, 'Which numbers?').when(Condition.isPresent('$.groups'), groups).otherwise(listNumbers);
}

/**
 * One group, pass after pass, with what each pass leaves to do. No Catch: a fault that no retry healed fails the group's
 * own execution, so that it shows among the failed ones with its cause; caught, it would look like a success. Nothing is
 * lost by it: the next run begins anew.
 */
function groupDefinition(scope: Construct, reconcileNumbers: ReconciliationProps['functions']['reconcileNumbers']) {
  const done = new Succeed(scope, 'Group done', { comment: 'Nothing is handed on', outputPath: JsonPath.DISCARD });
  // What it answers takes the place of its input: the numbers of the next pass are those that this one left.
  const reconcile = lambdaTask(scope, 'Reconcile numbers', {
    fn: reconcileNumbers,
    payload: { numbers: JsonPath.objectAt('$.numbers') },
  });
  const again = new Wait(scope, 'Wait as Graph asks', { time: WaitTime.secondsPath('$.seconds') });
  reconcile.next(
    new Choice(scope, 'Again?').when(Condition.stringEquals('$.result', RECONCILE_RESULT.again), again).otherwise(done),
  );
  again.next(reconcile);
  return reconcile;
}
