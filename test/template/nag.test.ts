import { Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { ALL_CONFIGURATIONS, type Synthesized, synthesize } from './synthesize.ts';

interface Finding {
  readonly rule: string;
  readonly path: string;
}

/** What is acknowledged, and where: everything that cdk-nag would say of this stack. */
const ACKNOWLEDGED = [
  'Api/RestApi AwsSolutions-APIG2',
  'Api/RestApi AwsSolutions-COG4',
  'Api/RestApi/CloudWatchRole AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]',
  'Api/RestApi/DeploymentStage AwsSolutions-APIG3',
  'Api/RestApi/DeploymentStage AwsSolutions-APIG6',
  'BulkWorkflow/Role AwsSolutions-IAM5[Resource::*]',
  'BulkWorkflow/RunChunks AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:<Machine.Name>/Chunks:*]',
  'BulkWorkflow/RunChunks AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:<Machine.Name>:*]',
  'TokenSecret/Secret AwsSolutions-SMG4',
];

describe.each(ALL_CONFIGURATIONS)('with the configuration %s', (configuration) => {
  const stack = synthesize(configuration);
  const acknowledgements = acknowledgementsOf(stack);

  it('cdk-nag finds nothing', () => {
    expect(findingsOf(stack, new AwsSolutionsChecks())).toEqual([]);
  });

  it('acknowledges what is written down here, each with a reason', () => {
    const found = acknowledgements.map(({ path, rule }) => {
      const place = path.replace(/^Blocklist-\w+\//, '').replace(/DeploymentStage\.\w+/, 'DeploymentStage');
      return `${place} ${rule.replace(/<BulkWorkflowStateMachine\w+\.Name>/, '<Machine.Name>')}`;
    });
    const expected = ACKNOWLEDGED.filter((one) => configuration !== 'withoutAccountRole' || !one.includes('IAM4'));
    expect(found.sort()).toEqual(expected.sort());
    for (const { reason } of acknowledgements) expect(reason.length).toBeGreaterThan(40);
  });

  it('acknowledges nothing that cdk-nag would not say', () => {
    const checks = new AwsSolutionsChecks();
    // cdk-nag looks here for what is acknowledged: without it, it says everything.
    Object.defineProperty(checks, 'isAcknowledged', { value: () => false });
    const findings = findingsOf(stack, checks);
    expect(findings.length).toBeGreaterThan(0);
    const unneeded = acknowledgements.filter(
      ({ rule, path }) => !findings.some((finding) => finding.rule === rule && isWithin(finding.path, path)),
    );
    expect(unneeded).toEqual([]);
  });
});

function findingsOf({ app }: Synthesized, checks: AwsSolutionsChecks): Finding[] {
  return checks
    .validateScope(app)
    .violations.flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(({ constructPath }) => ({ rule: ruleName, path: constructPath ?? '' })),
    );
}

function acknowledgementsOf({ app }: Synthesized): (Finding & { reason: string })[] {
  return app.node.findAll().flatMap(({ node }) =>
    node.metadata
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap(({ data }) => Object.entries(z.record(z.string(), z.string()).parse(data)))
      .map(([rule, reason]) => ({ rule: rule.replace(/^Annotation::/, ''), path: node.path, reason })),
  );
}

function isWithin(path: string, scope: string): boolean {
  return path === scope || path.startsWith(`${scope}/`);
}
