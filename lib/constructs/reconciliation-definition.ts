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

/** Part of the ARN of the executions that work on groups. */
export const GROUPS_LABEL = 'Groups';

/** What the execution of a group gives: next to nothing, since the results of all groups come together. */
const GROUP = { done: 'done', failed: 'failed' } as const;

/**
 * The groups of the input, or, a page at a time, of all numbers that are registered. No group stops another, and no page; in
 * the end the execution fails if a group did, and so it does if the numbers cannot be listed: nobody else would say so. The
 * schedule starts the next one anyway.
 */
export function reconciliationDefinition(
  scope: Construct,
  { functions, concurrency }: ReconciliationDefinitionProps,
): IChainable {
  // The whole input is its payload, `{}` or `{after}`: a path to an `after` that is not there would fail the state.
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

/** The next page, if there is one, then the end. `$.failed` is there as soon as a group of any page has failed. */
function whatFollows(scope: Construct, listNumbers: LambdaInvoke): Choice {
  const failedBefore = Condition.isPresent('$.failed');
  const hasMore = Condition.isPresent('$.page.after');
  const after = JsonPath.stringAt('$.page.after');
  const followed = new Choice(scope, 'More numbers?');
  const remember = new Pass(scope, 'A group failed', { result: Result.fromBoolean(true), resultPath: '$.failed' });
  remember.next(followed);
  // Without the groups that are done: only the place to go on from, and what must not be forgotten.
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

/** One group, attempt after attempt, with what each attempt leaves to do. A fault that no retry healed ends this group only. */
function groupDefinition(scope: Construct, reconcileNumbers: FunctionsOf<'reconciliation'>['reconcileNumbers']) {
  const done = new Pass(scope, 'Group done', { result: Result.fromString(GROUP.done) });
  // What it answers takes the place of its input: the numbers of the next attempt are those that this one left.
  const reconcile = lambdaTask(scope, 'Reconcile numbers', {
    fn: reconcileNumbers,
    payload: { numbers: JsonPath.objectAt('$.numbers') },
  });
  // Not left to fail: of executions that failed a Map that tolerates them tells nothing to the states behind it.
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
