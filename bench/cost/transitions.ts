import * as z from 'zod';

/** What the walk needs to know of a state, in the words of the Amazon States Language. */
interface State {
  readonly Type: string;
  readonly Next?: string | undefined;
  readonly Choices?: readonly { readonly Next: string }[] | undefined;
  readonly Default?: string | undefined;
  readonly ItemProcessor?: States | undefined;
}

interface States {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

const state: z.ZodType<State> = z.lazy(() =>
  z.looseObject({
    Type: z.string(),
    Next: z.string().optional(),
    Choices: z.array(z.looseObject({ Next: z.string() })).optional(),
    Default: z.string().optional(),
    ItemProcessor: states.optional(),
  }),
);
const states: z.ZodType<States> = z.looseObject({ StartAt: z.string(), States: z.record(z.string(), state) });

/** A state machine's definition, as its template has it. */
export function readDefinition(text: string): States {
  return states.parse(JSON.parse(text));
}

/** What one Distributed Map does in Step Functions, for its machine and for each of its items. */
export interface Walk {
  /** States that an execution enters, in order. */
  readonly entered: readonly string[];
  /** States that the execution of one item enters, in order. */
  readonly item: readonly string[];
  /** Events in the history, and so lines in the log, of the machine's execution and of an item's. */
  readonly events: number;
  readonly itemEvents: number;
}

/**
 * The way through a machine where nothing fails. At a Choice it takes the states of `choose` in turn, by name; where those
 * are used up, the default.
 */
export function walk(machine: States, choose: readonly string[] = []): Walk {
  const open = [...choose];
  const item: string[] = [];
  let itemEvents = 0;
  const through = ({ StartAt, States }: States): { entered: string[]; events: number } => {
    const entered: string[] = [];
    // The start and the end of the execution.
    let events = 2;
    for (let name: string | undefined = StartAt; name !== undefined; ) {
      const at: State | undefined = States[name];
      if (!at) throw new Error(`There is no state ${name}`);
      entered.push(name);
      events += EVENTS[at.Type] ?? 2;
      if (at.ItemProcessor) {
        const inside = through(at.ItemProcessor);
        item.splice(0, item.length, ...inside.entered);
        itemEvents = inside.events;
      }
      name = nextOf(at, open);
    }
    return { entered, events };
  };
  const { entered, events } = through(machine);
  if (open.length > 0) throw new Error(`No Choice leads to ${open.join(', ')} on this way`);
  return { entered, item, events, itemEvents };
}

/**
 * Events of a state: entered and exited, and of a task also scheduled, started, succeeded, of a Map its run's start and end.
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
 */
const EVENTS: Readonly<Record<string, number>> = { Task: 5, Map: 4 };

function nextOf({ Choices, Default, Next }: State, open: string[]): string | undefined {
  const [wanted] = open;
  if (Choices === undefined) return Next;
  if (Choices.some((choice) => choice.Next === wanted) || (wanted !== undefined && Default === wanted)) {
    return open.shift();
  }
  return Default;
}

/**
 * What is billed: each state that is entered, and the start of each execution, of an item's too.
 * https://docs.aws.amazon.com/step-functions/latest/dg/concepts-transitions.html
 */
export function billedTransitions({ entered, item }: Pick<Walk, 'entered' | 'item'>): {
  execution: number;
  item: number;
} {
  return { execution: entered.length + 1, item: item.length === 0 ? 0 : item.length + 1 };
}

/** The transitions of the two workflows, as formulas need them. */
export interface Transitions {
  readonly job: { readonly perJob: number; readonly perChunk: number; readonly perWait: number };
  readonly reconciliation: {
    readonly perRun: number;
    /** For each page of the registry after the first. */
    readonly perPage: number;
    readonly perGroup: number;
    readonly perWait: number;
  };
}

export function transitionsOf(jobs: States, reconciliation: States): Transitions {
  const job = billedTransitions(walk(jobs));
  const waited = billedTransitions(walk(jobs, ['Wait as Graph asks']));
  const run = billedTransitions(walk(reconciliation));
  const paged = billedTransitions(walk(reconciliation, ['List numbers', 'Next page']));
  // The choices are taken in the order in which they are met: the group's own comes before that of the next page.
  const again = billedTransitions(walk(reconciliation, ['List numbers', 'Wait as Graph asks']));
  return {
    job: { perJob: job.execution, perChunk: job.item, perWait: waited.item - job.item },
    reconciliation: {
      perRun: run.execution,
      perPage: paged.execution - run.execution,
      perGroup: run.item,
      perWait: again.item - run.item,
    },
  };
}
