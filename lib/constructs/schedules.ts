import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { ScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke, StepFunctionsStartExecution } from 'aws-cdk-lib/aws-scheduler-targets';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { SCHEDULED_HANDLERS } from '../../lambdas/contract.ts';
import type { BlocklistConfig } from '../config.ts';
import type { Interval } from '../interval.ts';
import type { BlocklistFunction } from './blocklist-function.ts';
import type { DataProtection } from './data-protection.ts';
import type { Reconciliation } from './reconciliation.ts';
import { ServiceSchedule, type ServiceScheduleProps } from './service-schedule.ts';

export interface SchedulesProps {
  readonly protection: DataProtection;
  /** A schedule that is off is left out, with its queue; what it would call stays, and can be called by hand. */
  readonly intervals: BlocklistConfig['schedules'];
  readonly reconciliation: Reconciliation;
  readonly functions: Readonly<Record<keyof typeof SCHEDULED_HANDLERS, BlocklistFunction>>;
}

type Naming = Pick<ServiceScheduleProps, 'name' | 'description'>;
type Target = Pick<ServiceScheduleProps, 'action' | 'targetArn' | 'target'>;

/** A sweep that failed is called once more, for what is over by then; again after that, it would meet the next run. */
const SWEEP_RETRIES = 1;

/** The schedules, in a group of the stack's own: whoever has to pause them finds them there, and nothing else. */
export class Schedules extends Construct {
  readonly groupName: string;
  readonly #group: ScheduleGroup;
  readonly #protection: DataProtection;
  readonly #deadLetters = new Map<string, Queue>();

  constructor(scope: Construct, id: string, props: SchedulesProps) {
    super(scope, id);
    const { intervals, reconciliation, functions } = props;
    this.#protection = props.protection;
    this.#group = new ScheduleGroup(this, 'Group', {
      scheduleGroupName: Stack.of(this).stackName,
      // Kept, it would stop the next deploy by its name, and hold schedules that call what is gone.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.groupName = this.#group.scheduleGroupName;
    this.#add(
      'Reconcile',
      intervals.reconcile,
      { name: 'reconcile', description: 'Compares the mirror of every number with Graph' },
      {
        action: 'states:StartExecution',
        targetArn: reconciliation.stateMachineArn,
        target: (target) => new StepFunctionsStartExecution(reconciliation.stateMachine, target),
      },
    );
    const sweep = this.#addCall('Sweep', intervals.sweep, functions.sweep, {
      name: 'sweep',
      description: 'Looks after operations and jobs that stopped on the way',
    });
    if (sweep !== undefined) this.#keepFailures(functions.sweep, sweep);
    this.#addCall('TokenCheck', intervals.tokenCheck, functions.checkTokens, {
      name: 'token-check',
      description: 'Asks Graph whether the tokens still work, and for how long',
    });
    // It fails where a token needs attention: its alarm says so once, and tomorrow it is asked again.
    functions.checkTokens.lambda.configureAsyncInvoke({ retryAttempts: 0 });
  }

  /** The queue of each schedule, by its name. */
  get deadLetters(): ReadonlyMap<string, Queue> {
    return this.#deadLetters;
  }

  #addCall(id: string, interval: Interval, fn: BlocklistFunction, naming: Naming): ServiceSchedule | undefined {
    return this.#add(id, interval, naming, {
      action: 'lambda:InvokeFunction',
      targetArn: fn.lambda.functionArn,
      target: (target) => new LambdaInvoke(fn.lambda, target),
    });
  }

  /** Scheduler only hands the call over to Lambda, so what becomes of a call that failed is told to Lambda as well. */
  #keepFailures(fn: BlocklistFunction, schedule: ServiceSchedule): void {
    const queue = schedule.deadLetters;
    for (const statement of this.#protection.sendStatements(queue)) fn.allow(statement);
    fn.lambda.configureAsyncInvoke({
      // A destination and not a dead-letter queue of Lambda's: it is told the error too. Not CDK's own, which allows the
      // function more than to send.
      onFailure: { bind: () => ({ destination: queue.queueArn }) },
      retryAttempts: SWEEP_RETRIES,
      maxEventAge: schedule.latestStart,
    });
  }

  #add(id: string, interval: Interval, naming: Naming, target: Target): ServiceSchedule | undefined {
    if (interval === 'off') return undefined;
    const schedule = new ServiceSchedule(this, id, {
      ...naming,
      ...target,
      minutes: interval,
      group: this.#group,
      protection: this.#protection,
    });
    this.#deadLetters.set(naming.name, schedule.deadLetters);
    return schedule;
  }
}
