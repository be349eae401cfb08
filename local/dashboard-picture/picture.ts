import * as z from 'zod';
import { drawDashboard } from './draw.ts';
import { exampleDay } from './example.ts';

const NOTE = 'The dashboard of the service, drawn from its definition. The values are examples: none was measured.';

const template = z.looseObject({
  Resources: z.record(
    z.string(),
    z.looseObject({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).default({}) }),
  ),
});

/** A picture of the dashboard of the service, as a template has it. */
export function pictureOf(json: unknown): string {
  const dashboards = Object.values(template.parse(json).Resources).filter(
    ({ Type }) => Type === 'AWS::CloudWatch::Dashboard',
  );
  const service = dashboards.find(({ Properties }) => String(Properties.DashboardName).endsWith('-service'));
  return drawDashboard(JSON.parse(bodyText(service?.Properties.DashboardBody)), { example: exampleDay, note: NOTE });
}

const joined = z.object({ 'Fn::Join': z.tuple([z.literal(''), z.array(z.unknown())]) });

/** The body of a dashboard, with what CloudFormation fills in as a text of no meaning. */
export function bodyText(value: unknown): string {
  if (typeof value === 'string') return value;
  const [, parts] = joined.parse(value)['Fn::Join'];
  return parts.map((part) => (typeof part === 'string' ? part : 'filled-in')).join('');
}
