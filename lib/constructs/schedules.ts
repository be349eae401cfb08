import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { ScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke, StepFunctionsStartExecution } from 'aws-cdk-lib/aws-scheduler-targets';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { ALL_FUNCTIONS, handlerOf } from '../../lambdas/contract/functions.ts';
import type { BlocklistConfig } from '../config.ts';
import type { Interval } from '../interval.ts';
import { type BlocklistFunction, pascalCase } from './blocklist-function.ts';
import type { DataProtection } from './data-protection.ts';
import { eventAgeSeconds } from './event-age.ts';
import type { Functions } from './functions.ts';
import type { Reconciliation } from './reconciliation.ts';
import { ServiceSchedule, type ServiceScheduleProps } from './service-schedule.ts';

export interface SchedulesProps {
  readonly protection: DataProtection;
  /** A schedule that is off does not exist. Its target stays, and can be called by hand. If all are off, there is no queue. */
  readonly intervals: BlocklistConfig['schedules'];
  readonly reconciliation: Reconciliation;
  readonly functions: Functions;
}

type Naming = Pick<ServiceScheduleProps, 'name' | 'description'>;
type Target = Pick<ServiceScheduleProps, 'action' | 'targetArn' | 'called' | 'target'>;

/** The schedules, in a group of the stack's own, in which an operator who has to pause one finds them and nothing else. */
export class Schedules extends Construct {
  readonly groupName: string;
  readonly #group: ScheduleGroup;
  readonly #protection: DataProtection;
  #deadLetters: Queue | undefined;

  constructor(scope: Construct, id: string, props: SchedulesProps) {
    super(scope, id);
    const { intervals, reconciliation, functions } = props;
    this.#protection = props.protection;
    this.#group = new ScheduleGroup(this, 'Group', {
      scheduleGroupName: Stack.of(this).stackName,
      // If it were retained, its name would stop the next deploy, and its schedules would call functions that are gone.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.groupName = this.#group.scheduleGroupName;
    this.#add(
      intervals.reconcile,
      { name: 'reconcile', description: 'Compares the mirror of every number with Graph' },
      {
        action: 'states:StartExecution',
        targetArn: reconciliation.stateMachineArn,
        called: reconciliation,
        target: (target) => new StepFunctionsStartExecution(reconciliation.stateMachine, target),
      },
    );
    for (const [name, { description, schedule }] of ALL_FUNCTIONS) {
      if (schedule === undefined) continue;
      const fn = functions.get(name);
      const naming = { name: handlerOf(schedule.name), description };
      const added = this.#add(intervals[schedule.name], naming, {
        action: 'lambda:InvokeFunction',
        targetArn: fn.lambda.functionArn,
        called: fn,
        target: (target) => new LambdaInvoke(fn.lambda, target),
      });
      this.#keepFailures(fn, added, schedule.retries);
    }
  }

  /** Whether there is none. */
  get areOff(): boolean {
    return this.#deadLetters === undefined;
  }

  /** The queue for runs of any schedule that could not be started, or failed. Its messages say whose they are. */
  get deadLetters(): Queue {
    this.#deadLetters ??= this.#protection.deadLetterQueue(this, 'DeadLetters');
    return this.#deadLetters;
  }

  /** Scheduler only passes the call to Lambda, so Lambda also needs the queue for failed calls. */
  #keepFailures(fn: BlocklistFunction, schedule: ServiceSchedule | undefined, retries: 0 | 1): void {
    if (schedule === undefined) {
      fn.lambda.configureAsyncInvoke({ retryAttempts: retries });
      return;
    }
    const queue = this.deadLetters;
    const latestStartSeconds = schedule.latestStart.toSeconds();
    for (const statement of this.#protection.sendStatements(queue)) fn.allow(statement);
    fn.lambda.configureAsyncInvoke({
      // A destination, not a dead-letter queue of Lambda's, since it also gets the error. Not CDK's own, which allows the
      // function more than to send.
      onFailure: { bind: () => ({ destination: queue.queueArn }) },
      retryAttempts: retries,
      maxEventAge: Duration.seconds(
        eventAgeSeconds({ latestStartSeconds, timeoutSeconds: fn.timeoutSeconds, retries }),
      ),
    });
  }

  #add(interval: Interval, naming: Naming, target: Target): ServiceSchedule | undefined {
    if (interval === 'off') return undefined;
    const schedule = new ServiceSchedule(this, pascalCase(naming.name), {
      ...naming,
      ...target,
      minutes: interval,
      group: this.#group,
      protection: this.#protection,
      deadLetters: this.deadLetters,
    });
    return schedule;
  }
}
