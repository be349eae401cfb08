import {
  Choice,
  Condition,
  DistributedMap,
  Fail,
  type IChainable,
  JsonPath,
  Pass,
  Result,
  StateMachineType,
  Succeed,
  Wait,
  WaitTime,
} from 'aws-cdk-lib/aws-stepfunctions';
import type { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { RECONCILE_RESULT } from '../../lambdas/contract/attempt-results.ts';
import type { FunctionsOf } from './functions.ts';
import { lambdaTask } from './lambda-task.ts';

export interface ReconciliationDefinitionProps {
  readonly functions: FunctionsOf<'reconciliation'>;
  /** Groups of numbers that are compared at the same time. */
  readonly concurrency: number;
}

/** Part of the ARN of the executions that process groups. */
export const GROUPS_LABEL = 'Groups';

/** The result of a group's execution. It is tiny, since the results of all groups are collected. */
const GROUP = { done: 'done', failed: 'failed' } as const;

/**
 * The groups of the input or, page by page, of all registered numbers. No group stops another, and no page does. At the end,
 * the execution fails if a group failed or the numbers could not be listed, since nothing else would report it. The schedule
 * starts the next execution anyway.
 */
export function reconciliationDefinition(
  scope: Construct,
  { functions, concurrency }: ReconciliationDefinitionProps,
): IChainable {
  // Its payload is the whole input, `{}` or `{after}`: a path to an absent `after` would fail the state.
  const listNumbers = lambdaTask(scope, 'List numbers', { fn: functions.listNumbers, resultPath: '$.page' });
  const named = new Pass(scope, 'Named numbers', { parameters: { page: { groups: JsonPath.objectAt('$.groups') } } });

  // Distributed: each group has a history of its own, so that long waits do not fill one of 25,000 events.
  const groups = new DistributedMap(scope, 'Each group', {
    label: GROUPS_LABEL,
    mapExecutionType: StateMachineType.STANDARD,
    itemsPath: '$.page.groups',
    maxConcurrency: concurrency,
    toleratedFailurePercentage: 100,
    resultSelector: { someFailed: JsonPath.arrayContains(JsonPath.listAt('$'), GROUP.failed) },
    resultPath: '$.result',
  }).itemProcessor(groupDefinition(scope, functions.reconcileNumbers));

  named.next(groups);
  listNumbers.next(groups);
  groups.next(whatFollows(scope, listNumbers));
  return new Choice(scope, 'Which numbers?').when(Condition.isPresent('$.groups'), named).otherwise(listNumbers);
}

/** The next page, if there is one, then the end. `$.failed` exists once a group of any page has failed. */
function whatFollows(scope: Construct, listNumbers: LambdaInvoke): Choice {
  const failedBefore = Condition.isPresent('$.failed');
  const hasMore = Condition.isPresent('$.page.after');
  const after = JsonPath.stringAt('$.page.after');
  const followed = new Choice(scope, 'More numbers?');
  const remember = new Pass(scope, 'A group failed', { result: Result.fromBoolean(true), resultPath: '$.failed' });
  remember.next(followed);
  // Without the groups that are done: only the place to continue, and whether a group failed.
  const nextPage = new Pass(scope, 'Next page', { parameters: { after } });
  const nextAfterFailure = new Pass(scope, 'Next page after a failure', { parameters: { after, failed: true } });
  return followed
    .when(Condition.and(Condition.booleanEquals('$.result.someFailed', true), Condition.not(failedBefore)), remember)
    .when(Condition.and(hasMore, failedBefore), nextAfterFailure.next(listNumbers))
    .when(hasMore, nextPage.next(listNumbers))
    .when(
      failedBefore,
      new Fail(scope, 'Not all reconciled', {
        error: 'GroupsNotReconciled',
        cause: `A group of numbers could not be reconciled, and no retry healed it. In the Map run, the executions whose output is "${GROUP.failed}" say why; the others are done.`,
      }),
    )
    .otherwise(new Succeed(scope, 'Finished', { comment: 'Nothing is handed on', outputPath: JsonPath.DISCARD }));
}

/**
 * One group, attempt after attempt, each with the numbers that the last one left. If a fault persists after all retries, only
 * this group ends.
 */
function groupDefinition(scope: Construct, reconcileNumbers: FunctionsOf<'reconciliation'>['reconcileNumbers']) {
  const done = new Pass(scope, 'Group done', { result: Result.fromString(GROUP.done) });
  // Its result replaces its input: the next attempt gets the numbers that this one left.
  const reconcile = lambdaTask(scope, 'Reconcile numbers', {
    fn: reconcileNumbers,
    payload: { numbers: JsonPath.objectAt('$.numbers') },
  });
  // It does not fail: a Map that tolerates failed executions says nothing about them to the states behind it.
  reconcile.addCatch(new Pass(scope, 'Group failed', { result: Result.fromString(GROUP.failed) }));
  const requeue = new Wait(scope, 'Wait as Graph asks', { time: WaitTime.secondsPath('$.requeueAfterSeconds') });
  reconcile.next(
    new Choice(scope, 'Requeue?')
      .when(Condition.stringEquals('$.result', RECONCILE_RESULT.requeue), requeue)
      .otherwise(done),
  );
  requeue.next(reconcile);
  return reconcile;
}
