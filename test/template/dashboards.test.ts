import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { METRICS, type MetricName, specOfMetric } from '../../lambdas/contract/metrics.ts';
import { pictureOf } from '../../local/dashboard-picture/picture.ts';
import { ALL_CONFIGURATIONS, CONFIGURATIONS } from './configurations.ts';
import { ofType, synthesize, text } from './synthesize.ts';

const body = z.strictObject({
  widgets: z.array(
    z.looseObject({
      type: z.string(),
      x: z.number(),
      y: z.number(),
      width: z.number(),
      height: z.number(),
      properties: z.looseObject({
        title: z.string().optional(),
        alarms: z.array(z.string()).optional(),
        metrics: z.array(z.array(z.unknown())).optional(),
      }),
    }),
  ),
});
type Widget = z.output<typeof body>['widgets'][number];

const metricsOf = (widgets: readonly Widget[]) => widgets.flatMap(({ properties }) => properties.metrics ?? []);

describe.each(ALL_CONFIGURATIONS)('with the configuration %s', (configuration) => {
  const stack = synthesize(configuration);
  const { stage } = CONFIGURATIONS[configuration];
  const dashboards = new Map(
    ofType(stack, 'AWS::CloudWatch::Dashboard').map(({ Properties }) => [
      text(Properties.DashboardName).replace(`Blocklist-${stage}-`, ''),
      body.parse(JSON.parse(text(Properties.DashboardBody))).widgets,
    ]),
  );
  const service = dashboards.get('service');

  it('has one for people and one for the platform team, or only that one without metrics', () => {
    expect([...dashboards.keys()].sort()).toEqual(
      configuration === 'withoutMetrics' ? ['resources'] : ['resources', 'service'],
    );
  });

  it('fills the width without an overlap', () => {
    for (const widgets of dashboards.values()) {
      const taken = new Set<string>();
      for (const { x, y, width, height } of widgets) {
        expect(x + width).toBeLessThanOrEqual(24);
        for (let column = x; column < x + width; column += 1) {
          for (let row = y; row < y + height; row += 1) {
            expect(taken.has(`${column}/${row}`)).toBe(false);
            taken.add(`${column}/${row}`);
          }
        }
      }
    }
  });

  if (service !== undefined) {
    it('shows every essential metric of the stage to people', () => {
      const shown = metricsOf(service).map(([namespace, name, dimension, value]) => {
        expect([namespace, dimension, value]).toEqual(['Blocklist', 'Stage', stage]);
        return String(name);
      });
      const essential = (Object.keys(METRICS) as MetricName[]).filter((name) => !specOfMetric(name).extra);
      expect([...new Set(shown)].sort()).toEqual([...essential].sort());
    });

    it('shows the state of every alarm, those that page apart', () => {
      const shown = service.flatMap(({ properties }) => (properties.alarms ? [properties.alarms] : []));
      const arnsOf = (severity: string) =>
        ofType(stack, 'AWS::CloudWatch::Alarm').flatMap(({ id, Properties }) =>
          text(Properties.AlarmDescription).startsWith(`[${severity}]`) ? [`<${id}.Arn>`] : [],
        );
      expect(shown.map((arns) => [...arns].sort())).toEqual([arnsOf('page').sort(), arnsOf('ticket').sort()]);
      // What CloudWatch takes.
      for (const arns of shown) expect(arns.length).toBeLessThanOrEqual(100);
    });
  }

  it('shows the resources of this stack to the platform team', () => {
    const machines = ofType(stack, 'AWS::StepFunctions::StateMachine').map(({ id }) => `<${id}>`);
    const known = [
      ...ofType(stack, 'AWS::ApiGateway::RestApi').map(({ Properties }) => text(Properties.Name)),
      ...machines,
      ...ofType(stack, 'AWS::SQS::Queue').map(({ id }) => `<${id}.QueueName>`),
      text(stack.outputs.TableName?.Value),
    ];
    const named = metricsOf(dashboards.get('resources') ?? []).flatMap(([first, , , value]) => {
      const found = z.object({ expression: z.string() }).safeParse(first);
      if (found.success) expect(found.data.expression).toContain(`Blocklist-${stage}-Functions`);
      return found.success ? [] : [String(value)];
    });
    expect([...new Set(named)].sort()).toEqual([...known].sort());
  });
});

it('the picture in the documentation is of the dashboard that is deployed: npm run docs:dashboard', () => {
  const picture = readFileSync(join(import.meta.dirname, '../../docs/pictures/service-dashboard.svg'), 'utf8');
  expect(picture).toBe(pictureOf(synthesize('prod').json));
  expect(picture).toContain('The values are examples');
});
