/** The alarms: what rings, for whom, and what its reader is told. `test/unit/alarms` has what drives each of them. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { METRICS } from '../../lambdas/contract/metrics.ts';
import { alarmsOf } from '../../lib/alarms/registry.ts';
import { parseConfig } from '../../lib/config.ts';
import { GATEWAY_FAULT } from '../../lib/constructs/rest-api.ts';
import { LOG_QUERIES } from '../../lib/log-queries.ts';
import { ALL_CONFIGURATIONS, CONFIGURATIONS, type Configuration, ENVIRONMENT } from './configurations.ts';
import {
  byId,
  functionsOf,
  machineOf,
  ofType,
  only,
  type Synthesized,
  statementsOf,
  synthesize,
  target,
  text,
} from './synthesize.ts';

const documentOf = (name: string) => readFileSync(join(import.meta.dirname, '../../docs', name), 'utf8');
const RUNBOOK = documentOf('runbook.md');
/** Every command, as its help is asked for. */
const COMMANDS = [...documentOf('commands.txt').matchAll(/^\$ blocklist (.+) --help$/gm)].map(([, command]) => command);

/** `name: severity, what it watches, statistic, threshold, periods × seconds`. A tilde: no data is bad. */
const DEFAULT_ALARMS = {
  'service-faults': 'page Blocklist ServiceFaults Average >= 0.0144 3x300',
  'service-faults-in-a-day': 'ticket Blocklist ServiceFaults Average >= 0.001 1x86400',
  'requests-slow': 'ticket Blocklist RequestOverheadMs p99 >= 300 3x300',
  'tokens-refused': 'page Blocklist TokenDaysLeft Minimum <= 0 1x3600',
  'mirror-too-old': 'ticket Blocklist ReconcileAgeMax Maximum >= 7200 1x3600',
  'list-nearly-full': 'ticket Blocklist ListUtilizationMax Maximum >= 90 1x3600',
  'operations-open-too-long': 'ticket Blocklist OldestOpenOperationAge Maximum >= 1500 1x900',
  'blocks-end-late': 'ticket Blocklist ExpiryLateness Maximum >= 600 1x300',
  'check-tokens-errors': 'ticket AWS/Lambda Errors Sum >= 1 1x86400',
  'expire-blocks-errors': 'ticket AWS/Lambda Errors Sum >= 1 1x300',
  'retry-deferred-errors': 'ticket AWS/Lambda Errors Sum >= 1 1x3600',
  'sweep-errors': 'ticket AWS/Lambda Errors Sum >= 1 1x900',
  'reconcile-numbers-errors': 'ticket AWS/Lambda Errors Sum >= 1 1x3600',
  'chunks-given-up': 'ticket AWS/Lambda Invocations Sum >= 1 1x300',
  'process-chunk-throttles': 'ticket AWS/Lambda Throttles Sum >= 1 3x300',
  'reconcile-numbers-throttles': 'ticket AWS/Lambda Throttles Sum >= 1 3x300',
  'jobs-executions-failed': 'ticket AWS/States ExecutionsFailed Sum >= 1 1x300',
  'jobs-executions-timed-out': 'ticket AWS/States ExecutionsTimedOut Sum >= 1 1x300',
  'jobs-executions-throttled': 'ticket AWS/States ExecutionThrottled Sum >= 1 3x300',
  'reconciliation-executions-failed': 'ticket AWS/States ExecutionsFailed Sum >= 1 1x300',
  'reconciliation-executions-timed-out': 'ticket AWS/States ExecutionsTimedOut Sum >= 1 1x300',
  'reconciliation-executions-throttled': 'ticket AWS/States ExecutionThrottled Sum >= 1 3x300',
  'table-reads-throttled': 'ticket AWS/DynamoDB ReadThrottleEvents Sum >= 1 3x300',
  'table-writes-throttled': 'ticket AWS/DynamoDB WriteThrottleEvents Sum >= 1 3x300',
  'index-writes-throttled': 'ticket AWS/DynamoDB WriteThrottleEvents Sum >= 1 3x300',
  'reconcile-did-not-run': 'ticket AWS/Lambda Invocations Sum <= 0 3x3600 ~180',
  'expire-did-not-run': 'page AWS/Lambda Invocations Sum <= 0 3x300 ~15',
  'deferred-did-not-run': 'ticket AWS/Lambda Invocations Sum <= 0 3x3600 ~180',
  'sweep-did-not-run': 'page AWS/Lambda Invocations Sum <= 0 3x900 ~45',
  'token-check-did-not-run': 'ticket AWS/Lambda Invocations Sum <= 0 3x86400 ~2880',
  'dead-letters': 'ticket AWS/SQS ApproximateNumberOfMessagesVisible Maximum >= 1 1x300',
  'events-late': 'ticket AWS/Lambda IteratorAge Maximum >= 60000 1x300',
} as const;

const SERVICE_ALARMS = Object.entries(DEFAULT_ALARMS).flatMap(([name, it]) =>
  it.includes(' Blocklist ') ? [name] : [],
);

/** Where a configuration differs: what is there instead, or nothing. */
const DIFFERENCES: Partial<Record<Configuration, Readonly<Record<string, string | undefined>>>> = {
  tuned: {
    // Every minute: CloudWatch is asked every five, and an attempt is repeated for half an hour.
    'tokens-refused': 'page Blocklist TokenDaysLeft Minimum <= 0 1x3600',
    'mirror-too-old': 'ticket Blocklist ReconcileAgeMax Maximum >= 2400 1x300',
    'list-nearly-full': 'ticket Blocklist ListUtilizationMax Maximum >= 90 1x300',
    'reconcile-numbers-errors': 'ticket AWS/Lambda Errors Sum >= 1 1x300',
    'reconcile-did-not-run': 'ticket AWS/Lambda Invocations Sum <= 0 3x300 ~15',
    // Every 90 minutes, 2 hours, 2 days.
    'operations-open-too-long': 'ticket Blocklist OldestOpenOperationAge Maximum >= 6000 1x5400',
    'sweep-errors': 'ticket AWS/Lambda Errors Sum >= 1 1x5400',
    'sweep-did-not-run': 'page AWS/Lambda Invocations Sum <= 0 3x5400 ~270',
    'retry-deferred-errors': 'ticket AWS/Lambda Errors Sum >= 1 1x7200',
    'deferred-did-not-run': 'ticket AWS/Lambda Invocations Sum <= 0 3x7200 ~360',
    'token-check-did-not-run': 'ticket AWS/Lambda Invocations Sum <= 0 6x86400 ~2880',
  },
  schedulesOff: {
    'tokens-refused': 'page Blocklist TokenDaysLeft Minimum <= 0 1x86400',
    'mirror-too-old': undefined,
    'list-nearly-full': undefined,
    'operations-open-too-long': undefined,
    'blocks-end-late': undefined,
    'expire-blocks-errors': 'ticket AWS/Lambda Errors Sum >= 1 1x86400',
    'retry-deferred-errors': 'ticket AWS/Lambda Errors Sum >= 1 1x86400',
    'sweep-errors': 'ticket AWS/Lambda Errors Sum >= 1 1x86400',
    'reconcile-numbers-errors': 'ticket AWS/Lambda Errors Sum >= 1 1x86400',
    'reconcile-did-not-run': undefined,
    'expire-did-not-run': undefined,
    'deferred-did-not-run': undefined,
    'sweep-did-not-run': undefined,
    'token-check-did-not-run': undefined,
    'dead-letters': undefined,
  },
  withoutMetrics: Object.fromEntries(SERVICE_ALARMS.map((name) => [name, undefined])),
};

const alarm = z.looseObject({
  AlarmName: z.unknown(),
  AlarmDescription: z.unknown(),
  Namespace: z.string(),
  MetricName: z.string(),
  Dimensions: z.array(z.strictObject({ Name: z.string(), Value: z.unknown() })),
  Statistic: z.string().optional(),
  ExtendedStatistic: z.string().optional(),
  EvaluateLowSampleCountPercentile: z.string().optional(),
  ComparisonOperator: z.enum(['GreaterThanOrEqualToThreshold', 'LessThanOrEqualToThreshold']),
  Threshold: z.number(),
  EvaluationPeriods: z.number(),
  Period: z.number(),
  TreatMissingData: z.enum(['notBreaching', 'breaching']),
  WarmUpConfiguration: z.strictObject({ WarmUpPeriodDurationInMinutes: z.number() }).optional(),
  AlarmActions: z.array(z.unknown()).optional(),
  ActionsEnabled: z.boolean().default(true),
});

const stackNameOf = (configuration: Configuration) => `Blocklist-${CONFIGURATIONS[configuration].stage}`;

function alarmsIn(stack: Synthesized, configuration: Configuration) {
  return new Map(
    ofType(stack, 'AWS::CloudWatch::Alarm').map(({ Properties }) => {
      const one = alarm.parse(Properties);
      return [text(one.AlarmName).replace(`${stackNameOf(configuration)}-`, ''), one] as const;
    }),
  );
}

/** The settings of a configuration, with what they do not say. */
function settingsOf(configuration: Configuration) {
  const { stage, ...settings } = CONFIGURATIONS[configuration];
  return parseConfig(stage, [{ from: '', settings }], ENVIRONMENT.region);
}

const severityOf = (described: string) => z.enum(['page', 'ticket']).parse(/^\[(\w+)\]/.exec(described)?.[1]);

describe.each(ALL_CONFIGURATIONS)('with the configuration %s', (configuration) => {
  const stack = synthesize(configuration);
  const alarms = alarmsIn(stack, configuration);

  it('has these alarms, each with its severity, its metric and its threshold', () => {
    const found = [...alarms].map(([name, one]) => {
      const { Namespace, MetricName, Threshold, EvaluationPeriods, Period, WarmUpConfiguration: warmUp } = one;
      const comparison = one.ComparisonOperator === 'GreaterThanOrEqualToThreshold' ? '>=' : '<=';
      const severity = severityOf(text(one.AlarmDescription));
      const statistic = one.Statistic ?? one.ExtendedStatistic;
      const warm = warmUp ? ` ~${warmUp.WarmUpPeriodDurationInMinutes}` : '';
      return [
        name,
        `${severity} ${Namespace} ${MetricName} ${statistic} ${comparison} ${Threshold} ${EvaluationPeriods}x${Period}${warm}`,
      ];
    });
    const expected = Object.entries<string | undefined>({ ...DEFAULT_ALARMS, ...DIFFERENCES[configuration] });
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected.filter(([, it]) => it !== undefined)));
    expect(ofType(stack, 'AWS::CloudWatch::Alarm')).toHaveLength(alarms.size);
    // One alarm can ring without another.
    expect(ofType(stack, 'AWS::CloudWatch::CompositeAlarm')).toEqual([]);
  });

  it('rings for no data only where that is bad, and never before the first run could have been', () => {
    for (const [name, one] of alarms) {
      const isHeartbeat = name.endsWith('-did-not-run');
      expect([name, one.TreatMissingData]).toEqual([name, isHeartbeat ? 'breaching' : 'notBreaching']);
      expect([name, one.WarmUpConfiguration !== undefined]).toEqual([name, isHeartbeat]);
      if (!isHeartbeat) continue;
      const { WarmUpPeriodDurationInMinutes: warmUp = 0 } = one.WarmUpConfiguration ?? {};
      // As long as it takes to ring, and two days at most, which CloudWatch allows.
      expect(warmUp).toBe(Math.min((one.EvaluationPeriods * one.Period) / 60, 2_880));
    }
  });

  it('looks back no further than CloudWatch does: a week, or a day for periods of less than an hour', () => {
    for (const [name, { EvaluationPeriods, Period }] of alarms) {
      expect([name, EvaluationPeriods * Period <= (Period < 3_600 ? 86_400 : 604_800)]).toEqual([name, true]);
      expect([name, Period % 60]).toEqual([name, 0]);
    }
  });

  it('a hundredth of a few requests does not ring', () => {
    for (const [name, one] of alarms) {
      expect([name, one.EvaluateLowSampleCountPercentile]).toEqual([
        name,
        one.ExtendedStatistic ? 'ignore' : undefined,
      ]);
    }
  });

  it('watches what it is named for', () => {
    const functions = functionsOf(stack);
    const fn = (handler: string) => `FunctionName=<${functions.get(handler)?.id}>`;
    const machine = (output: 'StateMachineArn' | 'ReconciliationArn') =>
      `StateMachineArn=<${machineOf(stack, output).id}>`;
    const table = `TableName=<${target(stack.outputs.TableName?.Value)}>`;
    const runs = {
      reconcile: 'list-numbers',
      expire: 'expire-blocks',
      deferred: 'retry-deferred',
      sweep: 'sweep',
      'token-check': 'check-tokens',
    };
    const watched: Record<string, string[]> = {
      'chunks-given-up': [fn('fail-chunk')],
      'process-chunk-throttles': [fn('process-chunk')],
      'reconcile-numbers-throttles': [fn('reconcile-numbers')],
      'table-reads-throttled': [table],
      'table-writes-throttled': [table],
      'index-writes-throttled': ['GlobalSecondaryIndexName=scheduled', table],
      'events-late': [fn('publish-events')],
      'dead-letters': ofType(stack, 'AWS::SQS::Queue').map(({ id }) => `QueueName=<${id}.QueueName>`),
    };
    for (const name of SERVICE_ALARMS) watched[name] = [`Stage=${CONFIGURATIONS[configuration].stage}`];
    for (const handler of ['check-tokens', 'expire-blocks', 'retry-deferred', 'sweep', 'reconcile-numbers'])
      watched[`${handler}-errors`] = [fn(handler)];
    for (const [name, handler] of Object.entries(runs)) watched[`${name}-did-not-run`] = [fn(handler)];
    for (const how of ['failed', 'timed-out', 'throttled']) {
      watched[`jobs-executions-${how}`] = [machine('StateMachineArn')];
      watched[`reconciliation-executions-${how}`] = [machine('ReconciliationArn')];
    }
    for (const [name, { Dimensions }] of alarms) {
      const found = Dimensions.map((one) => `${one.Name}=${text(one.Value)}`).sort();
      expect([name, found]).toEqual([name, watched[name]]);
    }
  });

  it('has at most one alarm that pages for a cause', () => {
    const pages = alarmsOf(settingsOf(configuration)).filter(({ severity }) => severity === 'page');
    expect(new Set(pages.map(({ cause }) => cause)).size).toBe(pages.length);
  });

  it('tells its reader what it means, what to do, and where to look, within what CloudWatch takes', () => {
    const { runbookUrl } = settingsOf(configuration);
    for (const [name, { AlarmDescription }] of alarms) {
      const described = text(AlarmDescription);
      expect(described).toContain(
        ` What to do: ${runbookUrl}#${name} Look here: https://eu-west-1.console.aws.amazon.com/`,
      );
      const [meaning = ''] = described.split(' What to do:');
      expect([name, meaning.length > 60, described.length < 1_024]).toEqual([name, true, true]);
    }
  });
});

it('without a topic, nobody is notified; with one, it hears of everything', () => {
  for (const { AlarmActions } of alarmsIn(synthesize('prod'), 'prod').values()) expect(AlarmActions).toBeUndefined();
  for (const { AlarmActions, ActionsEnabled } of alarmsIn(synthesize('schedulesOff'), 'schedulesOff').values()) {
    expect(AlarmActions).toEqual([CONFIGURATIONS.schedulesOff.alarmTopicArn]);
    expect(ActionsEnabled).toBe(true);
  }
});

describe('with topics and addresses by severity', () => {
  const stack = synthesize('notified');
  const { alarmTopicArn, alarmEmail } = CONFIGURATIONS.notified;
  const topics = ofType(stack, 'AWS::SNS::Topic');
  const emails = new Map(
    ofType(stack, 'AWS::SNS::Subscription').map(({ Properties }) => [
      target(Properties.TopicArn),
      `${Properties.Protocol} ${Properties.Endpoint}`,
    ]),
  );

  it('pages go to the one, tickets to the other', () => {
    for (const [name, { AlarmActions = [], AlarmDescription }] of alarmsIn(stack, 'notified')) {
      const told = AlarmActions.map((action) => (typeof action === 'string' ? action : emails.get(target(action))));
      const expected =
        severityOf(text(AlarmDescription)) === 'page'
          ? [alarmTopicArn.page, `email ${alarmEmail.page}`]
          : [`email ${alarmEmail.ticket}`];
      expect([name, told]).toEqual([name, expected]);
    }
    expect(topics).toHaveLength(2);
  });

  it('only the alarms of this stack can publish, and only over TLS', () => {
    for (const { id } of topics) {
      const policies = ofType(stack, 'AWS::SNS::TopicPolicy').filter(({ Properties }) =>
        z
          .array(z.unknown())
          .parse(Properties.Topics)
          .some((one) => target(one) === id),
      );
      expect(policies).toHaveLength(1);
      const [policy] = policies;
      const statements = statementsOf(id, policy?.Properties.PolicyDocument);
      expect(statements.map(({ effect, actions, principal }) => [effect, actions, principal])).toEqual([
        ['Deny', ['sns:Publish'], '*'],
        ['Allow', ['sns:Publish'], { Service: 'cloudwatch.amazonaws.com' }],
      ]);
      const condition = z
        .looseObject({ ArnLike: z.object({ 'aws:SourceArn': z.unknown() }) })
        .parse(statements[1]?.condition);
      expect(text(condition.ArnLike['aws:SourceArn'])).toMatch(
        /:cloudwatch:eu-west-1:111122223333:alarm:Blocklist-prod-\*$/,
      );
    }
  });
});

describe('faults that no function could count', () => {
  it.each([
    ['prod', 1],
    ['keys', 2],
    ['withoutMetrics', 0],
  ] as const)('are counted from the access logs, into the same metric: %s', (configuration, apis) => {
    const stack = synthesize(configuration);
    const filters = ofType(stack, 'AWS::Logs::MetricFilter');
    expect(filters).toHaveLength(apis);
    for (const { Properties } of filters) {
      const log = byId(stack, target(Properties.LogGroupName));
      expect(log.id).toMatch(/AccessLog/);
      expect(Properties.FilterPattern).toBe(GATEWAY_FAULT);
      expect(Properties.MetricTransformations).toEqual([
        {
          MetricNamespace: 'Blocklist',
          MetricName: 'ServiceFaults',
          MetricValue: '1',
          Unit: 'Count',
          Dimensions: [{ Key: 'Stage', Value: '$.Stage' }],
        },
      ]);
    }
  });

  const FORMAT = z.object({ AccessLogSetting: z.looseObject({ Format: z.string() }) });
  const fields: Record<string, string> = JSON.parse(
    FORMAT.parse(only(synthesize('prod'), 'AWS::ApiGateway::Stage').Properties).AccessLogSetting.Format,
  );

  /** What the pattern says of a line, in the two comparisons that it has: a text with a wildcard, and another text. */
  function matches(line: Readonly<Record<string, string>>): boolean {
    const [, status, prefix, kind, none] =
      /^\{ \$\.(\w+) = "(\d)\*" && \$\.(\w+) != "(.)" \}$/.exec(GATEWAY_FAULT) ?? [];
    const fieldOf = (name = '') => {
      // A field that the access log does not have would never match.
      expect(fields).toHaveProperty(name);
      return line[name] ?? '';
    };
    return fieldOf(status).startsWith(prefix ?? '?') && fieldOf(kind) !== none;
  }

  it.each([
    ['a function that ran out of time', { status: '504', errorType: 'INTEGRATION_TIMEOUT' }, true],
    ['a function that crashed', { status: '502', errorType: 'DEFAULT_5XX' }, true],
    ['a function that got no concurrency', { status: '500', errorType: 'INTEGRATION_FAILURE' }, true],
    ['an authorizer that failed', { status: '500', errorType: 'AUTHORIZER_FAILURE' }, true],
    ['an outage of Graph, as the function answered it', { status: '503', errorType: '-' }, false],
    ['a caller that is throttled', { status: '429', errorType: 'THROTTLED' }, false],
    ['a call that is not signed', { status: '403', errorType: 'MISSING_AUTHENTICATION_TOKEN' }, false],
    ['an answer', { status: '200', errorType: '-' }, false],
  ])('%s: %j', (_, line, isFault) => {
    expect(matches(line)).toBe(isFault);
    expect(fields.Stage).toBe('$context.stage');
  });
});

it('watches only metrics that are there by default', () => {
  for (const { watched } of alarmsOf(settingsOf('prod'))) {
    if (watched.of === 'service') expect(METRICS[watched.metric]).not.toHaveProperty('extra');
  }
});

describe('the runbook', () => {
  /** The text below each heading of the second level that is the name of something. */
  const sections = new Map(
    RUNBOOK.split(/^## /m)
      .slice(1)
      .map((section) => {
        const [heading = '', ...lines] = section.split('\n');
        return [heading.replaceAll('`', ''), lines.join('\n')] as const;
      }),
  );
  const names = Object.keys(DEFAULT_ALARMS);
  const ofAlarms = [...sections.keys()].filter((heading) => /^[a-z-]+$/.test(heading));

  it('has a section for each alarm, and for nothing else that looks like one', () => {
    expect(ofAlarms.sort()).toEqual([...names].sort());
  });

  it.each(names)('says of %s what it means, whom it harms, what to look at and what to do', (name) => {
    const section = sections.get(name) ?? '';
    const parts = [...section.matchAll(/^\*\*(Description|Impact|Investigation|Resolution)\.\*\* (.+)$/gm)];
    expect(parts.map(([, part]) => part)).toEqual(['Description', 'Impact', 'Investigation', 'Resolution']);
    for (const [, , words = ''] of parts) expect(words.length).toBeGreaterThan(20);
    const record = alarmsOf(settingsOf('prod')).find((one) => one.name === name);
    expect(section).toContain(`*${record?.severity}*`);
  });

  it('says which test drives the cause of each alarm, and that test is there', () => {
    const rows = (sections.get('Which test drives each alarm') ?? '')
      .split('\n')
      .filter((line) => line.startsWith('| `'));
    const cells = rows.map((row) => row.split(' | '));
    const covered = cells.flatMap(([alarms = '']) => [...alarms.matchAll(/`([a-z-]+)`/g)].map(([, name]) => name));
    expect(covered.sort()).toEqual([...names].sort());
    for (const [, tests = ''] of cells) {
      const files = [...tests.matchAll(/(unit|template|integration|e2e) ((?:`[\w/-]+`[^`;]*)+)/g)].flatMap(
        ([, level, some = '']) =>
          [...some.matchAll(/`([\w/-]+)`/g)].flatMap(([, file = '']) =>
            /^[A-Z]/.test(file) ? [] : [`${level}/${file}.test.ts`],
          ),
      );
      for (const file of files) expect(existsSync(join(import.meta.dirname, '..', file)), file).toBe(true);
    }
  });

  it('names commands, saved queries and files that there are', () => {
    const code = [...RUNBOOK.matchAll(/`([^`\n]+)`/g)].map(([, words = '']) => words);
    const commands = code
      .filter((words) => words.startsWith('blocklist '))
      .map((words) => words.replace('blocklist ', ''));
    expect(commands.length).toBeGreaterThan(20);
    for (const command of commands) {
      expect(
        COMMANDS.filter((known) => command === known || command.startsWith(`${known} `)),
        command,
      ).not.toEqual([]);
    }
    const queries = [...RUNBOOK.matchAll(/query `([a-z-]+)`/g)].map(([, name]) => name);
    expect([...new Set(queries)].sort()).toEqual(LOG_QUERIES.map(({ name }) => name).sort());
  });
});

describe('what happens when something fails', () => {
  const rows = documentOf('reliability.md')
    .split('\n')
    .flatMap((line) => {
      const cells = line.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, ''));
      return cells.length === 6 && cells[0] !== 'Fault' ? [cells] : [];
    });

  it('says of every fault which alarm rings, or why none does', () => {
    expect(rows.length).toBeGreaterThan(40);
    for (const [fault = '', , , , alarm = ''] of rows) {
      const named = [...alarm.matchAll(/`([a-z]+(?:-[a-z]+)+)`/g)].map(([, name]) => name);
      for (const name of named) expect(DEFAULT_ALARMS, fault).toHaveProperty(name ?? '');
      if (named.length === 0) expect([fault, alarm]).toEqual([fault, expect.stringMatching(/^(none|as above)/)]);
      // Who is woken is said.
      const pages = named.filter((name) =>
        alarmsOf(settingsOf('prod')).some((one) => one.name === name && one.severity === 'page'),
      );
      expect([fault, alarm.includes('(page)')]).toEqual([fault, pages.length > 0]);
    }
  });
});

describe('the saved queries', () => {
  it.each(['prod', 'keys', 'local'] as const)(
    'are over logs of the stack, if CloudWatch can keep them: %s',
    (configuration) => {
      const stack = synthesize(configuration);
      const queries = ofType(stack, 'AWS::Logs::QueryDefinition');
      expect(queries).toHaveLength(configuration === 'local' ? 0 : LOG_QUERIES.length);
      for (const { Properties } of queries) {
        expect(text(Properties.Name)).toMatch(/^Blocklist-prod\/[a-z-]+$/);
        const logs = z.array(z.unknown()).parse(Properties.LogGroupNames).map(target);
        for (const log of logs) expect(byId(stack, log).Type).toBe('AWS::Logs::LogGroup');
        // What Logs Insights takes.
        expect(logs.length).toBeGreaterThan(0);
        expect(logs.length).toBeLessThanOrEqual(50);
      }
    },
  );
});
