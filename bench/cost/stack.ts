import * as z from 'zod';
import { ALL_FUNCTIONS, handlerOf } from '../../lambdas/contract/functions.ts';
import { METRICS, type MetricName, specOfMetric } from '../../lambdas/contract/metrics.ts';
import { serviceAlarms } from '../../lib/alarms/of-service.ts';
import { parseConfig } from '../../lib/config.ts';
import { buildStack, makeFolder } from '../../test/template/build-stack.ts';

const resource = z.looseObject({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).default({}) });
const template = z.looseObject({ Resources: z.record(z.string(), resource) });
const metricNames = Object.keys(METRICS) as MetricName[];
const joined = z.object({ 'Fn::Join': z.tuple([z.literal(''), z.array(z.unknown())]) });

export type StackFacts = ReturnType<typeof readStack>;

/** What of the deployed stack decides what it costs: its template at the defaults, not as a team has configured it for itself. */
export function readStack() {
  const { folder, remove } = makeFolder();
  const { Resources } = template.parse(buildStack(folder, 'prod').artifact.template);
  remove();
  const count = (type: string) => Object.values(Resources).filter((one) => one.Type === type).length;
  const machines = Object.values(Resources)
    .filter(({ Type }) => Type === 'AWS::StepFunctions::StateMachine')
    .map(({ Properties }) => readDefinition(definitionText(Properties.DefinitionString)));
  const jobs = machines.find(({ States }) => 'Each chunk' in States);
  const reconciliation = machines.find(({ States }) => 'Each group' in States);
  if (!jobs || !reconciliation) throw new Error('The workflows have changed');
  const [job, run] = [walk(jobs), walk(reconciliation)];
  const config = parseConfig('prod', [{ from: '', settings: {} }]);
  const schedules = Object.entries(config.schedules);
  return {
    /** Megabytes of each function, by its handler. */
    memoryMb: Object.fromEntries(ALL_FUNCTIONS.map(([name, { memory }]) => [handlerOf(name), memory])),
    alarms: count('AWS::CloudWatch::Alarm'),
    serviceAlarms: serviceAlarms(config).length,
    dashboards: count('AWS::CloudWatch::Dashboard'),
    /** Of the service itself: as it is deployed by default, and those that `metrics: full` adds. */
    metrics: { essential: metricNames.filter((name) => !specOfMetric(name).extra).length, all: metricNames.length },
    secrets: count('AWS::SecretsManager::Secret'),
    keys: count('AWS::KMS::Key'),
    transitions: transitionsOf(jobs, reconciliation),
    /** Lines that a workflow writes to its log, of an execution and of an item's. */
    events: { job: job.events, chunk: job.itemEvents, run: run.events, group: run.itemEvents },
    config: {
      /** Between two runs of each schedule that is on. */
      minutes: Object.fromEntries(schedules.filter((one): one is [string, number] => one[1] !== 'off')),
      jobConcurrency: config.jobs.concurrency,
      reconcileConcurrency: config.reconcile.concurrency,
      chunkSize: config.chunkSize,
      requestsPerSecond: config.throttle.requestsPerSecond,
    },
  };
}

/** A definition with what CloudFormation fills in as a text of no meaning. */
function definitionText(value: unknown): string {
  const [, parts] = joined.parse(value)['Fn::Join'];
  return parts.map((part) => (typeof part === 'string' ? part : 'filled-in')).join('');
}

/** What the walk needs to know of a state machine, in the words of the Amazon States Language. */
const states = z.looseObject({
  StartAt: z.string(),
  get States() {
    return z.record(z.string(), state);
  },
});
const state = z.looseObject({
  Type: z.string(),
  Next: z.string().optional(),
  Choices: z.array(z.looseObject({ Next: z.string() })).optional(),
  Default: z.string().optional(),
  get ItemProcessor() {
    return states.optional();
  },
});
type States = z.output<typeof states>;
type State = z.output<typeof state>;

/** A state machine's definition, as its template has it. */
export function readDefinition(text: string): States {
  return states.parse(JSON.parse(text));
}

/**
 * Events of a state: entered and exited, and of a task also scheduled, started, succeeded, of a Map its run's start and end.
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
 */
const EVENTS: Readonly<Record<string, number>> = { Task: 5, Map: 4 };

/**
 * The way through a machine if nothing fails: the states that an execution enters, and that of one item of its Map, with the
 * events in their histories. At a Choice it takes the states of `choose` in turn, by name, and then the default.
 */
export function walk(machine: States, choose: readonly string[] = []) {
  const open = [...choose];
  let inside: { entered: string[]; events: number } = { entered: [], events: 0 };
  const through = ({ StartAt, States }: States) => {
    const entered: string[] = [];
    // The start and the end of the execution.
    let events = 2;
    for (let name: string | undefined = StartAt; name !== undefined; ) {
      const at: State | undefined = States[name];
      if (!at) throw new Error(`There is no state ${name}`);
      entered.push(name);
      events += EVENTS[at.Type] ?? 2;
      if (at.ItemProcessor) inside = through(at.ItemProcessor);
      name = nextOf(at, open);
    }
    return { entered, events };
  };
  const { entered, events } = through(machine);
  if (open.length > 0) throw new Error(`No Choice leads to ${open.join(', ')} on this way`);
  return { entered, events, item: inside.entered, itemEvents: inside.events };
}

function nextOf({ Choices, Default, Next }: State, open: string[]): string | undefined {
  if (Choices === undefined) return Next;
  const isChosen = [Default, ...Choices.map((choice) => choice.Next)].includes(open[0]);
  return (isChosen && open.shift()) || Default;
}

/**
 * What is billed: each state that is entered, and the start of each execution, of an item's too.
 * https://docs.aws.amazon.com/step-functions/latest/dg/concepts-transitions.html
 */
export function billedTransitions({ entered, item }: Pick<ReturnType<typeof walk>, 'entered' | 'item'>) {
  return { execution: entered.length + 1, item: item.length === 0 ? 0 : item.length + 1 };
}

/** The transitions of the two workflows, as formulas need them. */
export function transitionsOf(jobs: States, reconciliation: States) {
  const along = (machine: States, ...choose: string[]) => billedTransitions(walk(machine, choose));
  const [job, run] = [along(jobs), along(reconciliation)];
  const paged = along(reconciliation, 'List numbers', 'Next page');
  // The choices are taken in the order in which they are met: the group's own comes before that of the next page.
  const again = along(reconciliation, 'List numbers', 'Wait as Graph asks');
  return {
    job: { perJob: job.execution, perChunk: job.item, perWait: along(jobs, 'Wait as Graph asks').item - job.item },
    reconciliation: {
      perRun: run.execution,
      /** For each page of the registry after the first. */
      perPage: paged.execution - run.execution,
      perGroup: run.item,
      perWait: again.item - run.item,
    },
  };
}
