import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { LOGGED } from '../../lambdas/contract/logged.ts';
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

/** What each alarm watches: the metric, and the seconds that it looks back. */
const DEFAULT_ALARMS = {
  'check-tokens-errors': ['AWS/Lambda Errors', 86_400],
  'expire-blocks-errors': ['AWS/Lambda Errors', 300],
  'retry-deferred-errors': ['AWS/Lambda Errors', 3600],
  'sweep-errors': ['AWS/Lambda Errors', 900],
  'reconcile-numbers-errors': ['AWS/Lambda Errors', 3600],
  'numbers-not-reconciled': ['Blocklist NumbersNotReconciled', 3600],
  'blocks-not-ended': ['Blocklist BlocksNotEnded', 300],
  'deferred-not-retried': ['Blocklist DeferredNotRetried', 3600],
  'jobs-executions-failed': ['AWS/States ExecutionsFailed', 300],
  'jobs-executions-timed-out': ['AWS/States ExecutionsTimedOut', 300],
  'reconciliation-executions-failed': ['AWS/States ExecutionsFailed', 300],
  'reconciliation-executions-timed-out': ['AWS/States ExecutionsTimedOut', 300],
  'reconcile-dead-letters': ['AWS/SQS ApproximateNumberOfMessagesVisible', 300],
  'expire-dead-letters': ['AWS/SQS ApproximateNumberOfMessagesVisible', 300],
  'deferred-dead-letters': ['AWS/SQS ApproximateNumberOfMessagesVisible', 300],
  'sweep-dead-letters': ['AWS/SQS ApproximateNumberOfMessagesVisible', 300],
  'token-check-dead-letters': ['AWS/SQS ApproximateNumberOfMessagesVisible', 300],
  'event-failures': ['AWS/SQS ApproximateNumberOfMessagesVisible', 300],
  'events-late': ['Blocklist EventsLate', 300],
} as const;

/** Alarms on a line of a function's log. */
const LOGGED_ALARMS = {
  'numbers-not-reconciled': {
    handlers: ['reconcile-numbers'],
    message: LOGGED.numberNotReconciled,
    metric: 'NumbersNotReconciled',
  },
  'blocks-not-ended': { handlers: ['expire-blocks'], message: LOGGED.scheduledActionFailed, metric: 'BlocksNotEnded' },
  'events-late': { handlers: ['publish-events', 'sweep'], message: LOGGED.eventsLate, metric: 'EventsLate' },
  'deferred-not-retried': {
    handlers: ['retry-deferred', 'receive-webhook'],
    message: LOGGED.scheduledActionFailed,
    metric: 'DeferredNotRetried',
  },
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

    it('may call that target, send to its own queue, and nothing else', () => {
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

    it('has an encrypted queue of its own, which keeps what failed as long as SQS can', () => {
      const { Properties } = byId(stack, queue);
      const key = ofType(stack, 'AWS::KMS::Key')[0]?.id;
      expect(Properties.MessageRetentionPeriod).toBe(14 * 24 * 3600);
      if (key === undefined) expect(Properties.SqsManagedSseEnabled).toBe(true);
      else expect(target(Properties.KmsMasterKeyId)).toBe(key);
    });

    it('accepts messages over TLS only', () => {
      const policies = ofType(stack, 'AWS::SQS::QueuePolicy').filter(({ Properties }) =>
        z
          .array(z.unknown())
          .parse(Properties.Queues)
          .some((one) => target(one) === queue),
      );
      const statements = policies.flatMap(({ id, Properties }) => statementsOf(id, Properties.PolicyDocument));
      expect(statements).toEqual([
        expect.objectContaining({
          effect: 'Deny',
          actions: ['sqs:*'],
          resources: [`<${queue}.Arn>`],
          principal: { AWS: '*' },
          condition: { Bool: { 'aws:SecureTransport': 'false' } },
        }),
      ]);
    });
  });

  it('has no queue but those of its schedules, one each, and that of events', () => {
    const queues = [...schedules.values()].map(({ queue }) => queue);
    const failures = ofType(stack, 'AWS::SQS::Queue').filter(({ id }) => id.startsWith('EventsFailures'));
    expect(failures).toHaveLength(1);
    expect(
      ofType(stack, 'AWS::SQS::Queue')
        .map(({ id }) => id)
        .sort(),
    ).toEqual([...queues, ...failures.map(({ id }) => id)].sort());
    expect(new Set(queues).size).toBe(schedules.size);
  });

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
    'a run of %s that failed (%s, called %i times more, which can happen) goes to the queue of its schedule with its error',
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

  describe('the alarms', () => {
    const alarms = new Map(
      ofType(stack, 'AWS::CloudWatch::Alarm').map(({ Properties }) => [
        text(Properties.AlarmName).replace(`${stackName}-`, ''),
        Properties,
      ]),
    );

    it('exist, each with its own name that begins with the stack’s', () => {
      const expected = Object.keys(DEFAULT_ALARMS).filter(
        (name) => configuration !== 'schedulesOff' || !name.endsWith('-dead-letters'),
      );
      expect([...alarms.keys()].sort()).toEqual(expected.sort());
      expect(ofType(stack, 'AWS::CloudWatch::Alarm')).toHaveLength(alarms.size);
      for (const { AlarmName } of alarms.values()) expect(AlarmName).toMatch(new RegExp(`^${stackName}-[a-z-]+$`));
      expect(ofType(stack, 'AWS::CloudWatch::CompositeAlarm')).toEqual([]);
    });

    it('ring at the first event, and not for missing data', () => {
      for (const properties of alarms.values()) {
        expect(properties).toMatchObject({
          Threshold: 1,
          ComparisonOperator: 'GreaterThanOrEqualToThreshold',
          EvaluationPeriods: 1,
          TreatMissingData: 'notBreaching',
        });
        // No arithmetic of several metrics.
        expect(properties.Metrics).toBeUndefined();
        expect(text(properties.AlarmDescription).length).toBeGreaterThan(40);
      }
    });

    it('watch what they are named for', () => {
      const watched: Record<string, string> = {
        'check-tokens-errors': `FunctionName=<${functions.get('check-tokens')?.id}>`,
        'expire-blocks-errors': `FunctionName=<${functions.get('expire-blocks')?.id}>`,
        'retry-deferred-errors': `FunctionName=<${functions.get('retry-deferred')?.id}>`,
        'sweep-errors': `FunctionName=<${functions.get('sweep')?.id}>`,
        'reconcile-numbers-errors': `FunctionName=<${functions.get('reconcile-numbers')?.id}>`,
        'jobs-executions-failed': `StateMachineArn=<${machineOf(stack, 'StateMachineArn').id}>`,
        'jobs-executions-timed-out': `StateMachineArn=<${machineOf(stack, 'StateMachineArn').id}>`,
        'reconciliation-executions-failed': `StateMachineArn=<${machineOf(stack, 'ReconciliationArn').id}>`,
        'reconciliation-executions-timed-out': `StateMachineArn=<${machineOf(stack, 'ReconciliationArn').id}>`,
      };
      const [failures] = ofType(stack, 'AWS::SQS::Queue').filter(({ id }) => id.startsWith('EventsFailures'));
      watched['event-failures'] = `QueueName=<${failures?.id}.QueueName>`;
      for (const [name, { queue }] of schedules) watched[`${name}-dead-letters`] = `QueueName=<${queue}.QueueName>`;
      const dimensions = z.array(z.object({ Name: z.string(), Value: z.unknown() }));
      // The metric is the stack's own, of a filter on the log of the function.
      for (const [name, { Dimensions }] of alarms) {
        if (name in LOGGED_ALARMS) continue;
        const found = dimensions.parse(Dimensions).map((one) => `${one.Name}=${text(one.Value)}`);
        expect([name, found]).toEqual([name, [watched[name]]]);
      }
    });

    it.each(Object.entries(LOGGED_ALARMS))('%s is seen in the log, and in no metric of another stack', (name, one) => {
      const { MetricName, Namespace } = alarms.get(name) ?? {};
      const filters = ofType(stack, 'AWS::Logs::MetricFilter').map(({ Properties }) => Properties);
      const own = filters.filter((found) => JSON.stringify(found.MetricTransformations).includes(`${MetricName}"`));
      const logGroups = one.handlers.map(
        (handler) =>
          z
            .looseObject({ LogGroup: z.object({ Ref: z.string() }) })
            .parse(functions.get(handler)?.Properties.LoggingConfig).LogGroup.Ref,
      );
      expect(own.map(({ LogGroupName }) => target(LogGroupName)).sort()).toEqual(logGroups.sort());
      for (const filter of own) {
        expect(filter.FilterPattern).toBe(`{ $.message = "${one.message}" }`);
        expect(filter.MetricTransformations).toEqual([{ MetricNamespace: Namespace, MetricName, MetricValue: '1' }]);
      }
      expect(MetricName).toBe(`${stackName}-${one.metric}`);
    });

    it('look back to the last run, a day at most', () => {
      const expected: Record<string, readonly [string, number]> = { ...DEFAULT_ALARMS };
      if (configuration === 'tuned') {
        expected['reconcile-numbers-errors'] = ['AWS/Lambda Errors', 300];
        expected['numbers-not-reconciled'] = ['Blocklist NumbersNotReconciled', 300];
        expected['deferred-not-retried'] = ['Blocklist DeferredNotRetried', 7200];
        expected['expire-blocks-errors'] = ['AWS/Lambda Errors', 300];
        expected['retry-deferred-errors'] = ['AWS/Lambda Errors', 7200];
        expected['sweep-errors'] = ['AWS/Lambda Errors', 5400];
      }
      if (configuration === 'schedulesOff') {
        expected['reconcile-numbers-errors'] = ['AWS/Lambda Errors', 86_400];
        expected['numbers-not-reconciled'] = ['Blocklist NumbersNotReconciled', 86_400];
        expected['blocks-not-ended'] = ['Blocklist BlocksNotEnded', 86_400];
        expected['deferred-not-retried'] = ['Blocklist DeferredNotRetried', 86_400];
        expected['expire-blocks-errors'] = ['AWS/Lambda Errors', 86_400];
        expected['retry-deferred-errors'] = ['AWS/Lambda Errors', 86_400];
        expected['sweep-errors'] = ['AWS/Lambda Errors', 86_400];
      }
      for (const [name, { Namespace, MetricName, Period, Statistic }] of alarms) {
        const metric = `${Namespace} ${text(MetricName).replace(`${stackName}-`, '')}`;
        expect([name, metric, Period]).toEqual([name, ...(expected[name] ?? [])]);
        const isQueue = name.endsWith('-dead-letters') || name === 'event-failures';
        expect(Statistic).toBe(isQueue ? 'Maximum' : 'Sum');
      }
    });

    it('notify the configured topic, or nothing without one', () => {
      for (const { AlarmActions, ActionsEnabled } of alarms.values()) {
        expect(AlarmActions).toEqual(
          configuration === 'schedulesOff' ? [CONFIGURATIONS.schedulesOff.alarmTopicArn] : undefined,
        );
        expect(ActionsEnabled ?? true).toBe(true);
      }
    });
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
