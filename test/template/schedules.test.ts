import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import {
  SCHEDULED_ACTION_TIMEOUT_SECONDS,
  SWEEP_FUNCTION_TIMEOUT_SECONDS,
  TOKEN_CHECK_FUNCTION_TIMEOUT_SECONDS,
} from '../../lambdas/contract/timeouts.ts';
import { eventAgeSeconds } from '../../lib/constructs/event-age.ts';
import { latestStartMinutes } from '../../lib/constructs/service-schedule.ts';
import { ALL_CONFIGURATIONS, CONFIGURATIONS, type Configuration } from './configurations.ts';
import {
  byId,
  functionsOf,
  identityStatements,
  machineOf,
  ofType,
  only,
  schedulesOf,
  statementsOf,
  synthesize,
  target,
  text,
} from './synthesize.ts';

/** The rate of each schedule, and the seconds after which a run that could not start is given up. */
const DEFAULT_RATES = {
  reconcile: ['rate(1 hour)', 3600],
  expire: ['rate(5 minutes)', 300],
  deferred: ['rate(1 hour)', 3600],
  sweep: ['rate(15 minutes)', 900],
  'token-check': ['rate(1 day)', 3600],
} as const;
const RATES: Partial<Record<Configuration, Readonly<Record<string, readonly [string, number]>>>> = {
  tuned: {
    reconcile: ['rate(1 minute)', 60],
    expire: ['rate(1 minute)', 60],
    deferred: ['rate(2 hours)', 3600],
    sweep: ['rate(90 minutes)', 3600],
    'token-check': ['rate(2 days)', 3600],
  },
  schedulesOff: {},
};

describe.each(ALL_CONFIGURATIONS)('with the configuration %s', (configuration) => {
  const stack = synthesize(configuration);
  const functions = functionsOf(stack);
  const schedules = schedulesOf(stack);
  const rates = RATES[configuration] ?? DEFAULT_RATES;
  const called: Record<string, { readonly target: string; readonly action: string }> = {
    reconcile: { target: `<${machineOf(stack, 'ReconciliationArn').id}>`, action: 'states:StartExecution' },
    expire: { target: `<${functions.get('expire-blocks')?.id}.Arn>`, action: 'lambda:InvokeFunction' },
    deferred: { target: `<${functions.get('retry-deferred')?.id}.Arn>`, action: 'lambda:InvokeFunction' },
    sweep: { target: `<${functions.get('sweep')?.id}.Arn>`, action: 'lambda:InvokeFunction' },
    'token-check': { target: `<${functions.get('check-tokens')?.id}.Arn>`, action: 'lambda:InvokeFunction' },
  };
  const stackName = `Blocklist-${CONFIGURATIONS[configuration].stage}`;

  it('has the schedules that are not off, in a group of its own that is always there', () => {
    expect([...schedules.keys()].sort()).toEqual(Object.keys(rates).sort());
    const group = only(stack, 'AWS::Scheduler::ScheduleGroup');
    expect(group.Properties.Name).toBe(stackName);
    expect(stack.outputs.ScheduleGroupName?.Value).toBe(stackName);
    expect(group.DeletionPolicy).toBe('Delete');
  });

  describe.each(Object.entries(rates))('the schedule %s', (name, [expression, latest]) => {
    const schedule = schedules.get(name);
    const { queue = '' } = schedule ?? {};

    it('runs as often as configured, at the minute', () => {
      expect(schedule?.Properties).toMatchObject({
        ScheduleExpression: expression,
        State: 'ENABLED',
        FlexibleTimeWindow: { Mode: 'OFF' },
        GroupName: stackName,
      });
    });

    it('calls its target without input, and gives up after an hour, or when the next run is due', () => {
      expect(text(schedule?.Target.Arn)).toBe(called[name]?.target);
      expect(schedule?.Target.Input).toBe('{}');
      expect(schedule?.Target.RetryPolicy).toEqual({ MaximumEventAgeInSeconds: latest, MaximumRetryAttempts: 10 });
    });

    it('may call that target, send to the queue, and nothing else', () => {
      const role = byId(stack, target(schedule?.Target.RoleArn));
      const key = ofType(stack, 'AWS::KMS::Key').map(({ id }) => `<${id}.Arn>`);
      const allowed = identityStatements(stack).filter(({ owner }) => owner === role.id);
      expect(allowed.map(({ actions, resources }) => [actions, resources])).toEqual([
        [[called[name]?.action], [called[name]?.target]],
        [['sqs:SendMessage'], [`<${queue}.Arn>`]],
        ...(key.length > 0 ? [[['kms:Decrypt', 'kms:GenerateDataKey'], key]] : []),
      ]);
      expect(new Set([...schedules.values()].map(({ Target }) => target(Target.RoleArn))).size).toBe(schedules.size);
    });

    it('has a role that only Scheduler can assume, for this group of this account', () => {
      const role = byId(stack, target(schedule?.Target.RoleArn));
      const group = only(stack, 'AWS::Scheduler::ScheduleGroup').id;
      expect(role.Properties.AssumeRolePolicyDocument).toMatchObject({
        Statement: [
          {
            Action: 'sts:AssumeRole',
            Effect: 'Allow',
            Principal: { Service: 'scheduler.amazonaws.com' },
            Condition: {
              StringEquals: { 'aws:SourceAccount': '111122223333', 'aws:SourceArn': { 'Fn::GetAtt': [group, 'Arn'] } },
            },
          },
        ],
      });
    });

    it('sends what failed to the one queue', () => {
      expect(queue).toBe(only(stack, 'AWS::SQS::Queue').id);
    });
  });

  if (schedules.size === 0) {
    it('has no queue, since nothing can fail', () => {
      expect(ofType(stack, 'AWS::SQS::Queue')).toEqual([]);
    });
  } else {
    it('has one encrypted queue, which keeps what failed as long as SQS can', () => {
      const { Properties } = only(stack, 'AWS::SQS::Queue');
      const key = ofType(stack, 'AWS::KMS::Key')[0]?.id;
      expect(Properties.MessageRetentionPeriod).toBe(14 * 24 * 3600);
      if (key === undefined) expect(Properties.SqsManagedSseEnabled).toBe(true);
      else expect(target(Properties.KmsMasterKeyId)).toBe(key);
    });

    it('the queue accepts messages over TLS only', () => {
      const queue = only(stack, 'AWS::SQS::Queue').id;
      const { id, Properties } = only(stack, 'AWS::SQS::QueuePolicy');
      expect(z.array(z.unknown()).parse(Properties.Queues).map(target)).toEqual([queue]);
      expect(statementsOf(id, Properties.PolicyDocument)).toEqual([
        expect.objectContaining({
          effect: 'Deny',
          actions: ['sqs:*'],
          resources: [`<${queue}.Arn>`],
          principal: { AWS: '*' },
          condition: { Bool: { 'aws:SecureTransport': 'false' } },
        }),
      ]);
    });
  }

  const asyncCalls = new Map(
    ofType(stack, 'AWS::Lambda::EventInvokeConfig').map(({ Properties }) => [
      target(Properties.FunctionName),
      Properties,
    ]),
  );

  it.each([
    ['expire', 'expire-blocks', 1],
    ['deferred', 'retry-deferred', 1],
    ['sweep', 'sweep', 1],
    // A token that needs attention is recorded once a day: the check is not called again for it.
    ['token-check', 'check-tokens', 0],
  ])(
    'a run of %s that failed (%s, called %i times more, which can happen) goes to the queue with its error',
    (name, handler, retries) => {
      const fn = functions.get(handler);
      const found = asyncCalls.get(fn?.id ?? '');
      const [, latest] = new Map(Object.entries(rates)).get(name) ?? [];
      expect(found).toMatchObject({ MaximumRetryAttempts: retries });
      if (latest === undefined) {
        expect(found?.DestinationConfig).toBeUndefined();
        return;
      }
      const { OnFailure } = z
        .object({ OnFailure: z.object({ Destination: z.unknown() }) })
        .parse(found?.DestinationConfig);
      expect(target(OnFailure.Destination)).toBe(schedules.get(name)?.queue);
      const age = Number(found?.MaximumEventAgeInSeconds);
      // A first try that ran to its end, the minute that Lambda waits, and a minute to be let in.
      const untilLastTry = retries * (Number(fn?.Properties.Timeout) + 60 + 60);
      expect(age).toBe(Math.max(latest, untilLastTry));
    },
  );

  it('only functions that a schedule calls configure what happens to a failed call', () => {
    const calledFunctions = ['expire-blocks', 'retry-deferred', 'sweep', 'check-tokens'];
    expect([...asyncCalls.keys()].sort()).toEqual(calledFunctions.map((name) => functions.get(name)?.id).sort());
  });
});

describe('the age of a call that failed', () => {
  /** Every rate that is allowed, in minutes: from one to 365 days. */
  const RATE_MINUTES = [...Array.from({ length: 1440 }, (_, index) => index + 1), 2 * 1440, 30 * 1440, 365 * 1440];
  const TIMEOUTS = {
    SCHEDULED_ACTION_TIMEOUT_SECONDS,
    SWEEP_FUNCTION_TIMEOUT_SECONDS,
    TOKEN_CHECK_FUNCTION_TIMEOUT_SECONDS,
  };

  it.each(Object.entries(TIMEOUTS))('leaves room for the second try of %s, at every rate', (_, timeoutSeconds) => {
    for (const minutes of RATE_MINUTES) {
      const latestStartSeconds = latestStartMinutes(minutes) * 60;
      const age = eventAgeSeconds({ latestStartSeconds, timeoutSeconds, retries: 1 });
      const secondTryAt = timeoutSeconds + 60;
      expect({ minutes, spare: age - secondTryAt }).toSatisfy(({ spare }) => spare >= 60);
      // What AWS takes.
      expect(age).toBeLessThanOrEqual(6 * 3600);
      expect(latestStartSeconds).toBeGreaterThanOrEqual(60);
      // The start may be as late as Scheduler may make it.
      expect(age).toBeGreaterThanOrEqual(latestStartSeconds);
    }
  });
});
