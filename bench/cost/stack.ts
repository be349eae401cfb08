import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import * as z from 'zod';
import project from '../../cdk.json' with { type: 'json' };
import { BlocklistStack } from '../../lib/blocklist-stack.ts';
import { writePlaceholders } from '../../lib/bundling.ts';
import { parseConfig } from '../../lib/config.ts';
import { readDefinition, type Transitions, transitionsOf, walk } from './transitions.ts';

const resource = z.looseObject({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).default({}) });
const template = z.looseObject({ Resources: z.record(z.string(), resource) });
const lambda = z.looseObject({
  MemorySize: z.number(),
  Architectures: z.tuple([z.literal('arm64')]),
  Role: z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.string()]) }),
});
const joined = z.strictObject({ 'Fn::Join': z.tuple([z.string(), z.array(z.unknown())]) });

/** What of the deployed stack decides what it costs, from its template at the default configuration. */
export interface StackFacts {
  /** Megabytes of each function, by its handler. */
  readonly memoryMb: Readonly<Record<string, number>>;
  readonly alarms: number;
  readonly secrets: number;
  readonly keys: number;
  readonly transitions: Transitions;
  readonly config: {
    /** Between two runs of each schedule. */
    readonly minutes: Readonly<Record<string, number>>;
    readonly jobConcurrency: number;
    readonly reconcileConcurrency: number;
    readonly chunkSize: number;
    readonly requestsPerSecond: number;
  };
  /** Lines that a workflow writes to its log, of an execution and of an item's. */
  readonly events: { readonly job: number; readonly chunk: number; readonly run: number; readonly group: number };
}

export function readStack(): StackFacts {
  const { resources: byId, config } = synthesize();
  const resources = Object.values(byId);
  const count = (type: string) => resources.filter((one) => one.Type === type).length;
  const memoryMb = resources
    .filter(({ Type }) => Type === 'AWS::Lambda::Function')
    .map(({ Properties }) => {
      const { Role, MemorySize } = lambda.parse(Properties);
      // The role of a function says which handler it is for.
      const { Description } = byId[Role['Fn::GetAtt'][0]]?.Properties ?? {};
      return [String(Description).replace('Blocklist: ', ''), MemorySize];
    });
  const machines = resources
    .filter(({ Type }) => Type === 'AWS::StepFunctions::StateMachine')
    .map(({ Properties }) => readDefinition(definitionText(Properties.DefinitionString)));
  const jobs = machines.find(({ States }) => 'Each chunk' in States);
  const reconciliation = machines.find(({ States }) => 'Each group' in States);
  if (!jobs || !reconciliation) throw new Error('The workflows have changed');
  const [job, run] = [walk(jobs), walk(reconciliation)];
  return {
    memoryMb: Object.fromEntries(memoryMb),
    alarms: count('AWS::CloudWatch::Alarm'),
    secrets: count('AWS::SecretsManager::Secret'),
    keys: count('AWS::KMS::Key'),
    transitions: transitionsOf(jobs, reconciliation),
    config: {
      minutes: Object.fromEntries(
        Object.entries(config.schedules).flatMap(([name, minutes]) => (minutes === 'off' ? [] : [[name, minutes]])),
      ),
      jobConcurrency: config.jobs.concurrency,
      reconcileConcurrency: config.reconcile.concurrency,
      chunkSize: config.chunkSize,
      requestsPerSecond: config.throttle.requestsPerSecond,
    },
    events: { job: job.events, chunk: job.itemEvents, run: run.events, group: run.itemEvents },
  };
}

/** Whatever a team has configured for itself, and without the functions' code, which changes nothing here. */
function synthesize() {
  const outdir = mkdtempSync(join(tmpdir(), 'blocklist-cost-'));
  try {
    const code = join(outdir, 'code');
    writePlaceholders(code);
    const app = new App({ outdir, builtinCloudFormationValidation: false, context: project.context });
    const config = parseConfig('prod', [{ from: '', settings: {} }]);
    const stack = new BlocklistStack(app, 'Blocklist', { config, code });
    return { config, resources: template.parse(app.synth().getStackArtifact(stack.artifactId).template).Resources };
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

/** A definition with what CloudFormation fills in as a text of no meaning. */
function definitionText(value: unknown): string {
  if (typeof value === 'string') return value;
  const [separator, parts] = joined.parse(value)['Fn::Join'];
  return parts.map((part) => (typeof part === 'string' ? part : 'filled-in')).join(separator);
}
