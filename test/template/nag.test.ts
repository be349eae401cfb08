import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { afterAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { buildStack, makeFolder } from './build-stack.ts';
import { ALL_CONFIGURATIONS, CONFIGURATIONS } from './configurations.ts';

interface Finding {
  readonly rule: string;
  readonly path: string;
}

const EXECUTIONS = 'arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution';

/** What is acknowledged, and where: everything that cdk-nag would report for this stack. */
const ACKNOWLEDGED = [
  'Api/RestApi AwsSolutions-APIG2',
  'Api/RestApi AwsSolutions-COG4',
  'Api/RestApi/CloudWatchRole AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]',
  'Api/RestApi/DeploymentStage AwsSolutions-APIG3',
  'Api/RestApi/DeploymentStage AwsSolutions-APIG6',
  'BulkWorkflow/Role AwsSolutions-IAM5[Resource::*]',
  `BulkWorkflow/RunChunks AwsSolutions-IAM5[Resource::${EXECUTIONS}:<BulkWorkflow.Name>/Chunks:*]`,
  `BulkWorkflow/RunChunks AwsSolutions-IAM5[Resource::${EXECUTIONS}:<BulkWorkflow.Name>:*]`,
  `Functions/StartReconciliation/DescribeExecutions AwsSolutions-IAM5[Resource::${EXECUTIONS}:<Reconciliation.Name>:*]`,
  `Functions/Sweep/DescribeExecutions AwsSolutions-IAM5[Resource::${EXECUTIONS}:<BulkWorkflow.Name>:*]`,
  'Reconciliation/Role AwsSolutions-IAM5[Resource::*]',
  `Reconciliation/RunGroups AwsSolutions-IAM5[Resource::${EXECUTIONS}:<Reconciliation.Name>/Groups:*]`,
  `Reconciliation/RunGroups AwsSolutions-IAM5[Resource::${EXECUTIONS}:<Reconciliation.Name>:*]`,
  'Schedules/DeadLetters AwsSolutions-SQS3',
  'TokenSecret/Secret AwsSolutions-SMG4',
];

/** The same, where callers have keys. */
const WITH_KEYS = [
  'KeyApi/RestApi AwsSolutions-APIG2',
  'KeyApi/RestApi AwsSolutions-COG4',
  'KeyApi/RestApi/DeploymentStage AwsSolutions-APIG3',
  'KeyApi/RestApi/DeploymentStage AwsSolutions-APIG6',
  ...['DELETE/keys/*', 'POST/keys/*/rotate'].map(
    (pattern) =>
      `Api/CallerPolicies/KeyManager AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<ApiRestApiE35FEAFE>/prod/${pattern}]`,
  ),
];

// What the rules are compared with is the constructs, which no template has.
const { folder, remove } = makeFolder();
afterAll(remove);

describe.each(ALL_CONFIGURATIONS)('with the configuration %s', (configuration) => {
  const { app, outdir } = buildStack(folder, configuration, { validate: true });
  const acknowledgements = acknowledgementsOf(app);

  it('breaks no rule of CloudFormation', () => {
    const report = JSON.parse(readFileSync(join(outdir, 'validation-report.json'), 'utf8'));
    expect(report.pluginReports).toEqual([]);
  });

  it('cdk-nag finds nothing', () => {
    expect(findingsOf(app, new AwsSolutionsChecks())).toEqual([]);
  });

  it('acknowledges what is written down here, each with a reason', () => {
    const found = acknowledgements.map(({ path, rule }) => {
      const place = path.replace(/^Blocklist-\w+\//, '').replace(/DeploymentStage\.\w+/, 'DeploymentStage');
      return `${place} ${rule.replace(/<(\w+)StateMachine\w+\.Name>/, '<$1.Name>')}`;
    });
    const hasKeys = configuration === 'keys' || configuration === 'privateKeys';
    const { stage } = CONFIGURATIONS[configuration];
    const all = [...ACKNOWLEDGED, ...variablesOfRoutes(stage), ...(hasKeys ? WITH_KEYS : [])];
    const expected = all.filter((one) => {
      if (configuration === 'withoutAccountRole') return !one.includes('IAM4');
      return configuration !== 'schedulesOff' || !one.startsWith('Schedules/');
    });
    expect(found.sort()).toEqual(expected.sort());
    for (const { reason } of acknowledgements) expect(reason.length).toBeGreaterThan(40);
  });

  it('acknowledges only what cdk-nag would report', () => {
    const checks = new AwsSolutionsChecks();
    // cdk-nag looks here for what is acknowledged: without it, it says everything.
    Object.defineProperty(checks, 'isAcknowledged', { value: () => false });
    const findings = findingsOf(app, checks);
    expect(findings.length).toBeGreaterThan(0);
    const unneeded = acknowledgements.filter(
      ({ rule, path }) => !findings.some((finding) => finding.rule === rule && isWithin(finding.path, path)),
    );
    expect(unneeded).toEqual([]);
  });
});

/** The policies for callers: routes with a variable in them, as few as cover all of them. */
function variablesOfRoutes(stage: string): string[] {
  const READ = ['GET/*/block_users', 'GET/*/block_users/*', 'GET/*/blocklist', 'GET/*/operations', 'GET/jobs/*'];
  const people = ['GET/users/*', 'GET/protected_users/*'];
  const read = [...READ, ...people, 'POST/*/block_users/lookup'];
  const write = [...read, 'POST/*/block_users', 'DELETE/*/block_users'];
  const operate = [
    ...write,
    'POST/*/blocklist/reconcile',
    'POST/jobs/*/cancel',
    'POST/jobs/*/retry',
    'POST/jobs/*/revert',
    'POST/users/*/erase',
    'PUT/protected_users/*',
    'DELETE/protected_users/*',
  ];
  const api = 'arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<ApiRestApiE35FEAFE>';
  return Object.entries({ Reader: read, Agent: write, Operator: operate }).flatMap(([policy, patterns]) =>
    patterns.map((one) => `Api/CallerPolicies/${policy} AwsSolutions-IAM5[Resource::${api}/${stage}/${one}]`),
  );
}

function findingsOf(app: App, checks: AwsSolutionsChecks): Finding[] {
  return checks
    .validateScope(app)
    .violations.flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(({ constructPath }) => ({ rule: ruleName, path: constructPath ?? '' })),
    );
}

function acknowledgementsOf(app: App): (Finding & { reason: string })[] {
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
