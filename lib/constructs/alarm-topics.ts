import { Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import type { Severity } from '../alarms/record.ts';
import type { BlocklistConfig } from '../config.ts';

const SEVERITIES = ['page', 'ticket'] as const satisfies readonly Severity[];

/** Who hears of an alarm: topics of the team, and topics of the stack that write emails. */
export class AlarmTopics extends Construct {
  readonly #of: Readonly<Record<Severity, ITopic[]>> = { page: [], ticket: [] };

  constructor(scope: Construct, id: string, props: Pick<BlocklistConfig, 'alarmTopicArn' | 'alarmEmail'>) {
    super(scope, id);
    const topics = new Map<string, ITopic>();
    const add = (severity: Severity, key: string | undefined, make: (id: string) => ITopic) => {
      if (key === undefined) return;
      // One topic for both severities, if both have the same.
      const topic = topics.get(key) ?? make(severity);
      topics.set(key, topic);
      this.#of[severity].push(topic);
    };
    for (const severity of SEVERITIES) {
      const arn = props.alarmTopicArn?.[severity];
      const address = props.alarmEmail?.[severity];
      add(severity, arn, (name) => Topic.fromTopicArn(this, `${name}-topic`, arn ?? ''));
      add(severity, address, (name) => this.#emailTopic(`${name}-email`, address ?? ''));
    }
  }

  of(severity: Severity): readonly ITopic[] {
    return this.#of[severity];
  }

  /** AWS asks the address to confirm. Alarms have no user in their text, so the topic needs no key of the team's. */
  #emailTopic(id: string, address: string): Topic {
    const { account, partition, region } = Stack.of(this);
    const topic = new Topic(this, id, { enforceSSL: true });
    topic.addSubscription(new EmailSubscription(address));
    // The policy that enforces TLS replaces the one that lets the account publish.
    topic.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: {
          ArnLike: {
            'aws:SourceArn': `arn:${partition}:cloudwatch:${region}:${account}:alarm:${Stack.of(this).stackName}-*`,
          },
          StringEquals: { 'aws:SourceAccount': account },
        },
      }),
    );
    return topic;
  }
}
