import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { BlocklistConfig } from './config.ts';
import { Alarms } from './constructs/alarms.ts';
import { Api } from './constructs/api.ts';
import { BlocklistTable } from './constructs/blocklist-table.ts';
import { BulkWorkflow } from './constructs/bulk-workflow.ts';
import { createInTurn } from './constructs/create-in-turn.ts';
import { Dashboards } from './constructs/dashboards.ts';
import { DataProtection } from './constructs/data-protection.ts';
import { Events } from './constructs/events.ts';
import { Functions } from './constructs/functions.ts';
import { KeyApi } from './constructs/key-api.ts';
import { KeysTable } from './constructs/keys-table.ts';
import { Reconciliation } from './constructs/reconciliation.ts';
import { Schedules } from './constructs/schedules.ts';
import { TokenSecret } from './constructs/token-secret.ts';
import { grant } from './grants.ts';
import { localDifferences } from './local-differences.ts';

export interface BlocklistStackProps extends StackProps {
  readonly config: BlocklistConfig;
  /** Folder with the code of the functions: `writeCode` of `lib/bundling.ts`. */
  readonly code: string;
  /** Without the settings that keep CloudFormation from deleting a failed stack. The next deploy adds them. */
  readonly isFirstDeploy?: boolean;
}

/** The service: an API, two workflows and schedules, over one table and one secret. */
export class BlocklistStack extends Stack {
  constructor(scope: Construct, id: string, { config, code, isFirstDeploy = false, ...props }: BlocklistStackProps) {
    const isProtected = localDifferences(config.stage).isProtected && !isFirstDeploy;
    super(scope, id, {
      description: 'Blocks, unblocks and looks up users of WhatsApp Business numbers',
      terminationProtection: isProtected,
      ...props,
    });
    const protection = new DataProtection(this, 'DataProtection', {
      removalPolicy: config.removalPolicy,
      logRetention: config.logRetentionDays,
      customerManagedKey: config.customerManagedKey,
    });
    const deletionProtection = isProtected && config.removalPolicy === 'retain';
    const table = new BlocklistTable(this, 'BlocklistTable', {
      protection,
      deletionProtection,
      warmThroughput: config.warmThroughput,
      restoredTableName: config.restoredTableName,
    });
    const tokens = new TokenSecret(this, 'TokenSecret', { protection });
    const functions = new Functions(this, 'Functions', { config, code, protection });
    const workflow = new BulkWorkflow(this, 'BulkWorkflow', {
      protection,
      functions: functions.of('jobs'),
      concurrency: config.jobs.concurrency,
      deadlineHours: config.jobs.deadlineHours,
    });
    const reconciliation = new Reconciliation(this, 'Reconciliation', {
      protection,
      functions: functions.of('reconciliation'),
      concurrency: config.reconcile.concurrency,
    });
    const api = new Api(this, 'Api', { config, protection, functions });
    const hasKeys = config.callers.includes('apiKey');
    const keys = hasKeys
      ? new KeysTable(this, 'Keys', {
          protection,
          deletionProtection,
          restoredTableName: config.restoredKeysTableName,
        })
      : undefined;
    const keyApi = hasKeys
      ? new KeyApi(this, 'KeyApi', { config, protection, functions, accountRole: api.accountRole })
      : undefined;
    createInTurn(keyApi === undefined ? [api.restApi] : [api.restApi, keyApi.restApi]);
    const schedules = new Schedules(this, 'Schedules', {
      protection,
      intervals: config.schedules,
      reconciliation,
      functions,
    });
    const failures = schedules.areOff ? undefined : schedules.deadLetters;
    const publisher = functions.get('publishEvents');
    const events = new Events(this, 'Events', { protection, table, failures, publisher });
    grant({ functions, table, keys, tokens, events, workflows: { jobs: workflow, reconciliation } });
    const workflows = { jobs: workflow, reconciliation };
    const alarms = new Alarms(this, 'Alarms', { config, schedules, functions, table, workflows });
    const apis = keyApi === undefined ? [api] : [api, keyApi];
    new Dashboards(this, 'Dashboards', {
      config,
      functions,
      alarms: alarms.arns,
      apiNames: apis.map(({ restApi }) => restApi.restApiName),
      accessLogNames: apis.map(({ accessLogName }) => accessLogName),
      tableName: table.tableName,
      queueName: schedules.areOff ? undefined : schedules.deadLetters.queueName,
      stateMachines: { jobs: workflow.stateMachineArn, reconciliation: reconciliation.stateMachineArn },
      savesQueries: localDifferences(config.stage).savesQueries,
    });

    this.#output('ApiUrl', api.url, 'Base of every route, signed with AWS Signature Version 4 for execute-api');
    this.#output('ApiId', api.restApi.restApiId, 'Id of the REST API');
    this.#output('ApiStage', api.stageName, 'Stage of the REST API');
    if (keys !== undefined && keyApi !== undefined) {
      this.#output('KeyApiUrl', keyApi.url, 'Base of every route for callers with a key: Authorization: Bearer <key>');
      this.#output('KeyApiId', keyApi.restApi.restApiId, 'Id of the REST API for callers with a key');
      this.#output('KeysTableName', keys.tableName, 'The table of keys');
    }
    this.#output('TableName', table.tableName, 'The table of mirror, audit and jobs');
    this.#output('EventBusName', events.busName, 'The bus on which other services find the events: docs/events.md');
    this.#output('TokenSecretArn', tokens.secretArn, 'The secret that holds the access tokens');
    this.#output('StateMachineArn', workflow.stateMachineArn, 'The workflow of jobs');
    this.#output(
      'ReconciliationArn',
      reconciliation.stateMachineArn,
      'The workflow that compares the mirror with Graph',
    );
    this.#output(
      'ScheduleGroupName',
      schedules.groupName,
      'The group of the schedules; to pause one, disable it there',
    );
    this.#output(
      'SetTokenCommand',
      tokens.setTokenCommand,
      'Opens the token secret in vi, to put the access token in or to change one, and saves it; until then block, unblock and list ask for it',
    );
  }

  #output(name: string, value: string, description: string): void {
    new CfnOutput(this, name, { value, description });
  }
}
