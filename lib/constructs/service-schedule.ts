import { Duration, Stack } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  type IScheduleTarget,
  Schedule,
  ScheduleExpression,
  type ScheduleGroup,
  ScheduleTargetInput,
  TimeWindow,
} from 'aws-cdk-lib/aws-scheduler';
import type { ScheduleTargetBaseProps } from 'aws-cdk-lib/aws-scheduler-targets';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct, type IDependable } from 'constructs';
import type { DataProtection } from './data-protection.ts';

export interface ServiceScheduleProps {
  readonly name: string;
  readonly description: string;
  readonly group: ScheduleGroup;
  /** The time from one run to the next. */
  readonly minutes: number;
  readonly protection: DataProtection;
  readonly deadLetters: Queue;
  /** The target, with all that it needs. A new schedule runs for the first time at once. */
  readonly called: IDependable;
  readonly target: (props: ScheduleTargetBaseProps) => IScheduleTarget;
  /** The one permission that is needed to call the target. */
  readonly action: string;
  readonly targetArn: string;
}

/** How often a run that could not be started is tried again, with growing pauses, unless it is too late. */
const START_RETRIES = 10;

/** A later start would report too late. AWS's minimum is 1 minute. */
const LATEST_START_MINUTES = 60;

/** How late a run may start, for a rate in minutes. After that, the next run does everything that this one would have done. */
export function latestStartMinutes(minutes: number): number {
  return Math.min(minutes, LATEST_START_MINUTES);
}

/**
 * One schedule, and a role that may only call its target, and send runs that could not be started to the queue. CDK's own role would have a wildcard for the versions of the target.
 *
 * It is encrypted with AWS's key even if the team has its own: it has only an expression, a name and `{}`.
 */
export class ServiceSchedule extends Construct {
  readonly latestStart: Duration;

  constructor(scope: Construct, id: string, props: ServiceScheduleProps) {
    super(scope, id);
    this.latestStart = Duration.minutes(latestStartMinutes(props.minutes));
    const schedule = new Schedule(this, 'Schedule', {
      scheduleName: props.name,
      scheduleGroup: props.group,
      description: props.description,
      schedule: ScheduleExpression.rate(Duration.minutes(props.minutes)),
      // Exactly at the minute: nothing else starts then, and a run finds everything that is due since its last one.
      timeWindow: TimeWindow.off(),
      target: props.target({
        role: this.#createRole(props).withoutPolicyUpdates(),
        input: ScheduleTargetInput.fromObject({}),
        deadLetterQueue: props.deadLetters,
        retryAttempts: START_RETRIES,
        maxEventAge: this.latestStart,
      }),
    });
    schedule.node.addDependency(props.called);
  }

  #createRole({ name, group, protection, deadLetters, action, targetArn }: ServiceScheduleProps): Role {
    return new Role(this, 'Role', {
      description: `Blocklist: schedule ${name}`,
      // Scheduler on behalf of this stack's own schedules only; it names the group, never the single schedule.
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: {
          StringEquals: { 'aws:SourceAccount': Stack.of(this).account, 'aws:SourceArn': group.scheduleGroupArn },
        },
      }),
      inlinePolicies: {
        Run: new PolicyDocument({
          statements: [
            new PolicyStatement({ actions: [action], resources: [targetArn] }),
            ...protection.sendStatements(deadLetters).map((statement) => new PolicyStatement(statement)),
          ],
        }),
      },
    });
  }
}
