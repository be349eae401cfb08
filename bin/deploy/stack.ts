import {
  type Change,
  CloudFormationClient,
  CloudFormationServiceException,
  DeleteChangeSetCommand,
  DescribeChangeSetCommand,
  DescribeStacksCommand,
  GetTemplateCommand,
  SetStackPolicyCommand,
  UpdateTerminationProtectionCommand,
} from '@aws-sdk/client-cloudformation';
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { MOST_ROLLBACK_ALARMS, ROLLBACK_ALARMS } from '../../lib/rollback-alarms.ts';
import { explainAwsFailure } from '../aws-failure.ts';
import { readTemplate, type Template } from './template.ts';

/** What CloudFormation would do. */
export interface ChangeSet {
  /** Whether there is anything to do. */
  readonly isEmpty: boolean;
  readonly changes: readonly Change[];
}

/** Alarms that undo an update, and those that cannot, since they ring already. */
export interface Alarms {
  readonly watched: readonly string[];
  readonly ringing: readonly string[];
}

/** The stack as CloudFormation knows it. Each failed call is explained to the person who deploys. */
export class DeployedStack {
  readonly name: string;
  readonly #region: string;

  constructor(name: string, region: string) {
    this.name = name;
    this.#region = region;
  }

  /** Whether a deploy of the stack ever succeeded. If none did, the stack is prepared for deletion, as `cdk deploy` does. */
  isMade(): Promise<boolean> {
    return this.#call(async (client) => {
      try {
        const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName: this.name }));
        if (/^(?:CREATE_COMPLETE|UPDATE_|IMPORT_)/.test(stack?.StackStatus ?? '')) return true;
        if (stack?.EnableTerminationProtection) {
          // Made by `cdk deploy` itself.
          await client.send(
            new UpdateTerminationProtectionCommand({ StackName: this.name, EnableTerminationProtection: false }),
          );
        }
        return false;
      } catch (error) {
        if (isNotThere(error)) return false;
        throw error;
      }
    });
  }

  /** The template that is deployed now. */
  template(): Promise<Template> {
    return this.#call(async (client) => {
      const { TemplateBody } = await client.send(new GetTemplateCommand({ StackName: this.name }));
      return readTemplate(TemplateBody ?? '');
    });
  }

  changeSet(name: string): Promise<ChangeSet> {
    return this.#call(async (client) => {
      const changes: Change[] = [];
      for (let token: string | undefined; ; ) {
        const page = await client.send(
          new DescribeChangeSetCommand({ StackName: this.name, ChangeSetName: name, NextToken: token }),
        );
        changes.push(...(page.Changes ?? []));
        token = page.NextToken;
        if (token === undefined) return { isEmpty: page.Status === 'FAILED' && changes.length === 0, changes };
      }
    });
  }

  deleteChangeSet(name: string): Promise<void> {
    return this.#call(
      async (client) =>
        void (await client.send(new DeleteChangeSetCommand({ StackName: this.name, ChangeSetName: name }))),
    );
  }

  setPolicy(policy: string): Promise<void> {
    return this.#call(
      async (client) =>
        void (await client.send(new SetStackPolicyCommand({ StackName: this.name, StackPolicyBody: policy }))),
    );
  }

  /**
   * An alarm that rings already would undo the update at once, and one that is not there, or that the update removes, would
   * stop it.
   */
  async rollbackAlarms(after: Template): Promise<Alarms> {
    const client = new CloudWatchClient({ region: this.#region });
    try {
      const kept = new Set(Object.values(after.Resources).map(({ Properties }) => Properties.AlarmName));
      const AlarmNames = ROLLBACK_ALARMS.map((name) => `${this.name}-${name}`).filter((name) => kept.has(name));
      if (AlarmNames.length === 0) return { watched: [], ringing: [] };
      const { MetricAlarms = [] } = await client.send(new DescribeAlarmsCommand({ AlarmNames }));
      const there = AlarmNames.flatMap((name) => MetricAlarms.find(({ AlarmName }) => AlarmName === name) ?? []);
      const quiet = there.filter(({ StateValue }) => StateValue !== 'ALARM');
      return {
        watched: quiet.flatMap(({ AlarmArn }) => AlarmArn ?? []).slice(0, MOST_ROLLBACK_ALARMS),
        ringing: there.filter((alarm) => !quiet.includes(alarm)).flatMap(({ AlarmName }) => AlarmName ?? []),
      };
    } catch (error) {
      throw explainAwsFailure(error, this.#region);
    } finally {
      client.destroy();
    }
  }

  async #call<T>(use: (client: CloudFormationClient) => Promise<T>): Promise<T> {
    const client = new CloudFormationClient({ region: this.#region });
    try {
      return await use(client);
    } catch (error) {
      throw explainAwsFailure(error, this.#region);
    } finally {
      client.destroy();
    }
  }
}

function isNotThere(error: unknown): boolean {
  return (
    error instanceof CloudFormationServiceException &&
    error.name === 'ValidationError' &&
    error.message.includes('does not exist')
  );
}
