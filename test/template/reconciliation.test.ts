import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { RECONCILE_FUNCTION_TIMEOUT_SECONDS, RECONCILE_RESULT } from '../../lambdas/contract.ts';
import { longestSeconds, RETRIES, retriesOf, task } from './definitions.ts';
import { ALL_CONFIGURATIONS, functionsOf, machineOf, synthesize, text } from './synthesize.ts';

const definition = z.strictObject({
  StartAt: z.literal('Which numbers?'),
  TimeoutSeconds: z.number(),
  Comment: z.string(),
  States: z.strictObject({
    'Which numbers?': z.unknown(),
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
          'Again?': z.unknown(),
          'Wait as Graph asks': z.unknown(),
          'Group done': z.unknown(),
        }),
      }),
      MaxConcurrency: z.number(),
      ToleratedFailurePercentage: z.number(),
      ResultPath: z.null(),
      Next: z.string(),
    }),
    'More numbers?': z.unknown(),
    'Next page': z.unknown(),
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

  it('takes the groups of its input, and lists all numbers where there are none', () => {
    expect(States['Which numbers?']).toEqual({
      Type: 'Choice',
      Choices: [{ Variable: '$.groups', IsPresent: true, Next: 'Each group' }],
      Default: 'List numbers',
    });
  });

  it('hands all of its state to the listing and takes its answer for it, so that `after` may be left out', () => {
    expect(listNumbers.Resource).toBe(`<${functions.get('list-numbers')?.id}.Arn>`);
    expect(listNumbers.Parameters).toBeUndefined();
    expect(listNumbers.ResultPath).toBeUndefined();
    expect(listNumbers.Next).toBe('Each group');
  });

  it('lists the next page from where the last one ended, and no path is read that may be missing', () => {
    expect(map).toMatchObject({ Next: 'More numbers?', ResultPath: null });
    expect(States['More numbers?']).toEqual({
      Type: 'Choice',
      Choices: [{ Variable: '$.after', IsPresent: true, Next: 'Next page' }],
      Default: 'Finished',
    });
    expect(States['Next page']).toEqual({ Type: 'Pass', Parameters: { 'after.$': '$.after' }, Next: 'List numbers' });
    expect(States.Finished).toMatchObject({ Type: 'Succeed', OutputPath: null });
  });

  it('works on each group in an execution of its own, as many at once as configured', () => {
    expect(map.ItemProcessor.ProcessorConfig).toEqual({ Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' });
    expect(map.ItemsPath).toBe('$.groups');
    expect(map.Label).toBe('Groups');
    expect(map.MaxConcurrency).toBe(configuration === 'tuned' ? 7 : 2);
  });

  it('comes again after as many seconds as a pass asks for, with what that pass left, until nothing is left', () => {
    expect(reconcile.Resource).toBe(`<${functions.get('reconcile-numbers')?.id}.Arn>`);
    expect(reconcile.Parameters).toEqual({ 'numbers.$': '$.numbers' });
    expect(reconcile.ResultPath).toBeUndefined();
    expect(reconcile.Next).toBe('Again?');
    expect(inGroup['Again?']).toEqual({
      Type: 'Choice',
      Choices: [{ Variable: '$.result', StringEquals: RECONCILE_RESULT.again, Next: 'Wait as Graph asks' }],
      Default: 'Group done',
    });
    expect(inGroup['Wait as Graph asks']).toEqual({
      Type: 'Wait',
      SecondsPath: '$.seconds',
      Next: 'Reconcile numbers',
    });
    // The results of all groups come together before they are dropped: each must be next to nothing.
    expect(inGroup['Group done']).toMatchObject({ Type: 'Succeed', OutputPath: null });
  });

  it('calls its functions a little longer than they may run, and again after what nobody expects', () => {
    expect(reconcile.TimeoutSeconds).toBe(RECONCILE_FUNCTION_TIMEOUT_SECONDS + 10);
    expect(listNumbers.TimeoutSeconds).toBe(Number(functions.get('list-numbers')?.Properties.Timeout) + 10);
    expect(retriesOf(reconcile)).toEqual(RETRIES);
    expect(retriesOf(listNumbers)).toEqual(RETRIES);
  });

  it('a group that no retry heals fails for all to see, and stops no other', () => {
    expect(reconcile.Catch).toBeUndefined();
    expect(map.ToleratedFailurePercentage).toBe(100);
  });

  it('fails where the numbers cannot be listed', () => {
    expect(listNumbers.Catch).toBeUndefined();
  });

  it('has time for the worst that one pass can meet, twice over', () => {
    expect(TimeoutSeconds).toBe(6 * 3600);
    expect(TimeoutSeconds).toBeGreaterThan(longestSeconds(listNumbers) + 2 * longestSeconds(reconcile));
  });
});
