import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { RECONCILE_RESULT } from '../../lambdas/contract/attempt-results.ts';
import { RECONCILE_FUNCTION_TIMEOUT_SECONDS } from '../../lambdas/contract/timeouts.ts';
import { ALL_CONFIGURATIONS } from './configurations.ts';
import { longestSeconds, RETRIES, retriesOf, task } from './definitions.ts';
import { functionsOf, machineOf, ofType, synthesize, text } from './synthesize.ts';

/** A condition of a Choice: `And`, `Not`, `IsPresent` and `BooleanEquals` are all that is used. */
interface Rule {
  readonly And?: readonly Rule[] | undefined;
  readonly Not?: Rule | undefined;
  readonly Variable?: string | undefined;
  readonly IsPresent?: boolean | undefined;
  readonly BooleanEquals?: boolean | undefined;
}
const rule: z.ZodType<Rule> = z.lazy(() =>
  z.strictObject({
    And: z.array(rule).optional(),
    Not: rule.optional(),
    Variable: z.string().optional(),
    IsPresent: z.boolean().optional(),
    BooleanEquals: z.boolean().optional(),
  }),
);
const choice = z
  .looseObject({ Next: z.string() })
  .transform(({ Next, ...found }) => ({ Next, rule: rule.parse(found) }));

/** Whether a condition holds of a state's input, whose paths are given with their values. */
function holds(
  { And, Not, Variable = '', IsPresent, BooleanEquals }: Rule,
  input: ReadonlyMap<string, unknown>,
): boolean {
  if (And) return And.every((one) => holds(one, input));
  if (Not) return !holds(Not, input);
  return IsPresent === undefined ? input.get(Variable) === BooleanEquals : input.has(Variable) === IsPresent;
}

const definition = z.strictObject({
  StartAt: z.literal('Which numbers?'),
  TimeoutSeconds: z.number(),
  Comment: z.string(),
  States: z.strictObject({
    'Which numbers?': z.unknown(),
    'Named numbers': z.unknown(),
    'List numbers': task,
    'Each group': z.strictObject({
      Type: z.literal('Map'),
      Label: z.string().max(40),
      ItemsPath: z.string(),
      ItemProcessor: z.strictObject({
        ProcessorConfig: z.strictObject({ Mode: z.string(), ExecutionType: z.string() }),
        StartAt: z.literal('Reconcile numbers'),
        States: z.strictObject({
          'Reconcile numbers': task,
          'Requeue?': z.unknown(),
          'Wait as Graph asks': z.unknown(),
          'Group done': z.unknown(),
          'Group failed': z.unknown(),
        }),
      }),
      MaxConcurrency: z.number(),
      ToleratedFailurePercentage: z.number(),
      ResultSelector: z.record(z.string(), z.string()),
      ResultPath: z.string(),
      Next: z.string(),
    }),
    'More numbers?': z.strictObject({ Type: z.literal('Choice'), Choices: z.array(choice), Default: z.string() }),
    'A group failed': z.unknown(),
    'Next page': z.unknown(),
    'Next page after a failure': z.unknown(),
    'Not all reconciled': z.strictObject({ Type: z.literal('Fail'), Error: z.string(), Cause: z.string() }),
    Finished: z.unknown(),
  }),
});

describe.each(ALL_CONFIGURATIONS)('with the configuration %s', (configuration) => {
  const stack = synthesize(configuration);
  const functions = functionsOf(stack);
  const machine = machineOf(stack, 'ReconciliationArn');
  const { States, TimeoutSeconds } = definition.parse(JSON.parse(text(machine.Properties.DefinitionString)));
  const { 'List numbers': listNumbers, 'Each group': map } = States;
  const { 'Reconcile numbers': reconcile, ...inGroup } = map.ItemProcessor.States;

  it('takes the groups of its input, and lists all numbers if there are none', () => {
    expect(States['Which numbers?']).toEqual({
      Type: 'Choice',
      Choices: [{ Variable: '$.groups', IsPresent: true, Next: 'Named numbers' }],
      Default: 'List numbers',
    });
    expect(States['Named numbers']).toEqual({
      Type: 'Pass',
      Parameters: { page: { 'groups.$': '$.groups' } },
      Next: 'Each group',
    });
  });

  it('passes all of its state to the listing, so that `after` may be left out', () => {
    expect(listNumbers.Resource).toBe(`<${functions.get('list-numbers')?.id}.Arn>`);
    expect(listNumbers.Parameters).toBeUndefined();
    expect(listNumbers).toMatchObject({ ResultPath: '$.page', Next: 'Each group' });
  });

  it.each([
    ['the last page, and nothing failed', [], 'Finished'],
    ['a page with another one behind it', ['$.page.after'], 'Next page'],
    ['a page on which a group failed: that is kept', ['$.result.someFailed', '$.page.after'], 'A group failed'],
    ['the last page, on which a group failed', ['$.result.someFailed'], 'A group failed'],
    ['once that is kept', ['$.result.someFailed', '$.failed', '$.page.after'], 'Next page after a failure'],
    ['a later page, without a failure', ['$.failed', '$.page.after'], 'Next page after a failure'],
    ['the last page, after a failure on it', ['$.result.someFailed', '$.failed'], 'Not all reconciled'],
    ['the last page, after a failure on an earlier one', ['$.failed'], 'Not all reconciled'],
  ])('after %s', (_, found, next) => {
    const input = new Map<string, unknown>([
      ['$.result.someFailed', false],
      ...found.map((path) => [path, true] as const),
    ]);
    const { Choices, Default } = States['More numbers?'];
    expect(Choices.find((one) => holds(one.rule, input))?.Next ?? Default).toBe(next);
  });

  it('lists the next page from where the last one ended, and no path is read that may be missing', () => {
    const after = { 'after.$': '$.page.after' };
    expect(States['Next page']).toEqual({ Type: 'Pass', Parameters: after, Next: 'List numbers' });
    expect(States['Next page after a failure']).toEqual({
      Type: 'Pass',
      Parameters: { ...after, failed: true },
      Next: 'List numbers',
    });
    expect(States['A group failed']).toEqual({
      Type: 'Pass',
      Result: true,
      ResultPath: '$.failed',
      Next: 'More numbers?',
    });
    expect(States.Finished).toMatchObject({ Type: 'Succeed', OutputPath: null });
  });

  it('works on each group in an execution of its own, as many at once as configured', () => {
    expect(map.ItemProcessor.ProcessorConfig).toEqual({ Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' });
    expect(map.ItemsPath).toBe('$.page.groups');
    expect(map.Label).toBe('Groups');
    expect(map.MaxConcurrency).toBe(configuration === 'tuned' ? 7 : 2);
  });

  it('calls again after as many seconds as an attempt asks for, with the numbers that it left, until none is left', () => {
    expect(reconcile.Resource).toBe(`<${functions.get('reconcile-numbers')?.id}.Arn>`);
    expect(reconcile.Parameters).toEqual({ 'numbers.$': '$.numbers' });
    expect(reconcile.ResultPath).toBeUndefined();
    expect(reconcile.Next).toBe('Requeue?');
    expect(inGroup['Requeue?']).toEqual({
      Type: 'Choice',
      Choices: [{ Variable: '$.result', StringEquals: RECONCILE_RESULT.requeue, Next: 'Wait as Graph asks' }],
      Default: 'Group done',
    });
    expect(inGroup['Wait as Graph asks']).toEqual({
      Type: 'Wait',
      SecondsPath: '$.requeueAfterSeconds',
      Next: 'Reconcile numbers',
    });
    // The results of all groups come together: each must be next to nothing.
    expect(inGroup['Group done']).toEqual({ Type: 'Pass', Result: 'done', End: true });
  });

  it('waits a little longer for its functions than they may run, and retries unexpected errors', () => {
    expect(reconcile.TimeoutSeconds).toBe(RECONCILE_FUNCTION_TIMEOUT_SECONDS + 10);
    expect(listNumbers.TimeoutSeconds).toBe(Number(functions.get('list-numbers')?.Properties.Timeout) + 10);
    expect(retriesOf(reconcile)).toEqual(RETRIES);
    expect(retriesOf(listNumbers)).toEqual(RETRIES);
  });

  it('a group that fails after all retries stops no other, and fails the execution in the end, which rings the alarm', () => {
    expect(reconcile.Catch).toEqual([{ ErrorEquals: ['States.ALL'], Next: 'Group failed' }]);
    expect(inGroup['Group failed']).toEqual({ Type: 'Pass', Result: 'failed', End: true });
    expect(map).toMatchObject({
      ToleratedFailurePercentage: 100,
      ResultSelector: { 'someFailed.$': "States.ArrayContains($, 'failed')" },
      ResultPath: '$.result',
      Next: 'More numbers?',
    });
    expect(States['Not all reconciled'].Error).toBe('GroupsNotReconciled');
    const alarm = ofType(stack, 'AWS::CloudWatch::Alarm').find(({ Properties }) =>
      String(Properties.AlarmName).endsWith('-reconciliation-executions-failed'),
    );
    expect(alarm?.Properties).toMatchObject({
      MetricName: 'ExecutionsFailed',
      Dimensions: [{ Name: 'StateMachineArn', Value: { Ref: machine.id } }],
    });
  });

  it('fails if the numbers cannot be listed', () => {
    expect(listNumbers.Catch).toBeUndefined();
  });

  it('has time for the worst that one attempt can meet, twice over', () => {
    expect(TimeoutSeconds).toBe(6 * 3600);
    expect(TimeoutSeconds).toBeGreaterThan(longestSeconds(listNumbers) + 2 * longestSeconds(reconcile));
  });
});
