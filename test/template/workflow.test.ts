import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { CHUNK_RESULT } from '../../lambdas/contract/attempt-results.ts';
import {
  CHUNK_FUNCTION_TIMEOUT_SECONDS,
  JOB_FUNCTION_TIMEOUT_SECONDS,
  LANE_FUNCTION_TIMEOUT_SECONDS,
} from '../../lambdas/contract/timeouts.ts';
import { ALL_CONFIGURATIONS, CONFIGURATIONS } from './configurations.ts';
import { catcher, longestSeconds, RETRIES, retriesOf, STATE_BYTES, task } from './definitions.ts';
import { byId, functionsOf, machineOf, ofType, synthesize, target, text } from './synthesize.ts';

const definition = z.strictObject({
  StartAt: z.literal('Each lane'),
  TimeoutSeconds: z.number(),
  Comment: z.string(),
  States: z.strictObject({
    'Each lane': z.strictObject({
      Type: z.literal('Map'),
      Label: z.string().max(40),
      ItemsPath: z.string(),
      ItemSelector: z.record(z.string(), z.string()),
      ItemProcessor: z.strictObject({
        ProcessorConfig: z.strictObject({ Mode: z.string(), ExecutionType: z.string() }),
        StartAt: z.literal('Process lane'),
        States: z.strictObject({
          'Process lane': task,
          'Requeue?': z.unknown(),
          'Wait as Graph asks': z.unknown(),
          'Fail chunk': task,
          'Lane done': z.unknown(),
        }),
      }),
      MaxConcurrency: z.number(),
      ToleratedFailurePercentage: z.number(),
      ResultPath: z.null(),
      Catch: z.array(catcher),
      Next: z.string(),
    }),
    'Finish job': task,
  }),
});

describe.each(ALL_CONFIGURATIONS)('with the configuration %s', (configuration) => {
  const stack = synthesize(configuration);
  const functions = functionsOf(stack);

  describe('the workflow of jobs', () => {
    const machine = machineOf(stack, 'StateMachineArn');
    const { States, TimeoutSeconds } = definition.parse(JSON.parse(text(machine.Properties.DefinitionString)));
    const { 'Each lane': map, 'Finish job': finishJob } = States;
    const { 'Process lane': processLane, 'Fail chunk': failChunk, ...others } = map.ItemProcessor.States;
    const tasks = { processLane, failChunk, finishJob };

    it('works on each lane of its input in an execution of its own, as many at once as configured', () => {
      expect(map.ItemProcessor.ProcessorConfig).toEqual({ Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' });
      expect(map.ItemsPath).toBe('$.chunks');
      expect(map.ItemSelector).toEqual({ 'job.$': '$', 'chunk.$': '$$.Map.Item.Value' });
      expect(map.MaxConcurrency).toBe(4);
    });

    it('passes references on, never users: no state comes near the limit of its input', () => {
      const lane = { 'job.$': '$.job', 'chunk.$': '$.chunk' };
      expect(processLane.Parameters).toEqual(lane);
      expect(failChunk.Parameters).toEqual({ ...lane, 'error.$': '$.error' });
      expect(finishJob.Parameters).toEqual({ 'jobId.$': '$.jobId', 'run.$': '$.run' });
      // The results of all lanes come together before they are dropped: each must be next to nothing.
      expect(others['Lane done']).toMatchObject({ Type: 'Succeed', OutputPath: null });
      expect(map.ResultPath).toBeNull();
      const mostLanes = 100;
      const lanes = Array.from({ length: mostLanes }, (_, index) => index);
      const job = { jobId: `${'9'.repeat(32)}-01JCZ8Z3Y1M5W8Q0V0XG8T1R2S`, run: 99, chunks: lanes, lanes: mostLanes };
      expect(JSON.stringify({ job, chunk: 99 }).length).toBeLessThan(STATE_BYTES);
    });

    it('has as many lanes as it works on at once, as the functions that start it are told', () => {
      const starters = [...functions].filter(([, { environment }]) => environment.BULK_STATE_MACHINE_ARN !== undefined);
      expect(starters.length).toBeGreaterThan(0);
      for (const [, { environment }] of starters) expect(environment.JOB_LANES).toBe(String(map.MaxConcurrency));
    });

    it('waits for its three functions a little longer than they may run', () => {
      expect(processLane.Resource).toBe(`<${functions.get('process-chunk')?.id}.Arn>`);
      expect(failChunk.Resource).toBe(`<${functions.get('fail-chunk')?.id}.Arn>`);
      expect(finishJob.Resource).toBe(`<${functions.get('finish-job')?.id}.Arn>`);
      expect(processLane.TimeoutSeconds).toBe(LANE_FUNCTION_TIMEOUT_SECONDS + 10);
      expect(failChunk.TimeoutSeconds).toBe(CHUNK_FUNCTION_TIMEOUT_SECONDS + 10);
      expect(finishJob.TimeoutSeconds).toBe(JOB_FUNCTION_TIMEOUT_SECONDS + 10);
    });

    it('calls again after as many seconds as the lane asks for, until it is done', () => {
      expect(processLane).toMatchObject({ ResultPath: '$.outcome', Next: 'Requeue?' });
      expect(others['Requeue?']).toEqual({
        Type: 'Choice',
        Choices: [{ Variable: '$.outcome.result', StringEquals: CHUNK_RESULT.requeue, Next: 'Wait as Graph asks' }],
        Default: 'Lane done',
      });
      expect(others['Wait as Graph asks']).toEqual({
        Type: 'Wait',
        SecondsPath: '$.outcome.requeueAfterSeconds',
        Next: 'Process lane',
      });
    });

    it.each(Object.entries(tasks))('%s is retried after an unexpected error', (_, one) => {
      expect(retriesOf(one)).toEqual(RETRIES);
    });

    it('a chunk that fails after all retries is given up, and its lane goes on', () => {
      expect(processLane.Catch).toEqual([{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'Fail chunk' }]);
      expect(failChunk).toMatchObject({ Next: 'Process lane', ResultPath: null });
      expect(map.ToleratedFailurePercentage).toBe(100);
    });

    it('the job ends, even if chunks fail', () => {
      expect(map.Next).toBe('Finish job');
      expect(map.Catch).toEqual([{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'Finish job' }]);
      expect(finishJob).toMatchObject({ End: true, ResultPath: null });
    });

    it('is not cut off before its chunks have ended by the deadline, nor forgotten before that', () => {
      const { environment } = functions.get('process-chunk') ?? {};
      const deadline = Number(environment?.JOB_DEADLINE_HOURS) * 3600;
      // A chunk that began just before the deadline and met every fault, then its write-off, then the end of the job.
      const after = longestSeconds(processLane) + longestSeconds(failChunk) + longestSeconds(finishJob);
      expect(TimeoutSeconds).toBeGreaterThan(deadline + after);
      expect(Number(environment?.JOB_RETENTION_DAYS) * 24 * 3600).toBeGreaterThan(TimeoutSeconds);
    });
  });

  it('every workflow is one of the two that outputs name', () => {
    const machines = [machineOf(stack, 'StateMachineArn'), machineOf(stack, 'ReconciliationArn')];
    expect(new Set(machines.map(({ id }) => id))).toEqual(
      new Set(ofType(stack, 'AWS::StepFunctions::StateMachine').map(({ id }) => id)),
    );
    expect(new Set(machines).size).toBe(2);
  });

  describe.each([
    ['jobs', machineOf(stack, 'StateMachineArn')],
    ['reconciliation', machineOf(stack, 'ReconciliationArn')],
  ] as const)('the workflow %s', (name, machine) => {
    it('is a standard machine', () => {
      expect(machine.Properties.StateMachineType).toBe('STANDARD');
    });

    it('logs every event without its data, and is traced', () => {
      const logging = z
        .strictObject({
          Level: z.literal('ALL'),
          IncludeExecutionData: z.literal(false),
          Destinations: z.tuple([
            z.strictObject({ CloudWatchLogsLogGroup: z.strictObject({ LogGroupArn: z.unknown() }) }),
          ]),
        })
        .parse(machine.Properties.LoggingConfiguration);
      const group = byId(stack, target(logging.Destinations[0].CloudWatchLogsLogGroup.LogGroupArn));
      // Under another prefix the account's resource policy for log delivery grows until it is full.
      expect(text(group.Properties.LogGroupName)).toMatch(
        new RegExp(`^/aws/vendedlogs/states/Blocklist-${CONFIGURATIONS[configuration].stage}-${name}-`),
      );
      expect(machine.Properties.TracingConfiguration).toEqual({ Enabled: true });
    });

    it('can only be assumed by Step Functions for this account', () => {
      const role = byId(stack, target(machine.Properties.RoleArn));
      expect(role.Properties.AssumeRolePolicyDocument).toMatchObject({
        Statement: [
          {
            Principal: { Service: 'states.amazonaws.com' },
            Condition: { StringEquals: { 'aws:SourceAccount': '111122223333' } },
          },
        ],
      });
    });
  });
});
