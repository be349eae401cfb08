import { describe, expect, it } from 'vitest';
import { stackPolicy, HOLDS_DATA as TYPES_THAT_HOLD_DATA } from '../../lib/holds-data.ts';
import { MOST_ROLLBACK_ALARMS, ROLLBACK_ALARMS } from '../../lib/rollback-alarms.ts';
import { ALL_CONFIGURATIONS } from './configurations.ts';
import { ofType, synthesize, text } from './synthesize.ts';

/**
 * CloudFormation knows a resource by its logical id alone, which CDK makes of the names of the constructs around it. With
 * another id the next deploy makes a new, empty table or secret and leaves the old one behind, unread. So none of these may
 * ever change: a construct that is renamed or moved keeps its id with `overrideLogicalId`.
 */
const HOLDS_DATA = {
  'AWS::DynamoDB::GlobalTable': ['BlocklistTable70D2FEAB'],
  'AWS::SecretsManager::Secret': ['TokenSecret2AE840AF'],
  'AWS::Logs::LogGroup': [
    'ApiAccessLog713001CC',
    'BulkWorkflowLogs89A3FDDB',
    'FunctionsBlockUsersLogs3AE4D4CC',
    'FunctionsCancelJobLogsAE066F44',
    'FunctionsCheckTokensLogs12446F5B',
    'FunctionsCreateJobsLogs2FCFC76E',
    'FunctionsEraseUserLogsAD9D934B',
    'FunctionsExpireBlocksLogsF22A4703',
    'FunctionsFailChunkLogs809DEED8',
    'FunctionsFinishJobLogsBF97B91B',
    'FunctionsGetBlockedUserLogs38C31626',
    'FunctionsGetBlocklistLogsAD1A1675',
    'FunctionsGetHistoryEverywhereLogs3F7DFD17',
    'FunctionsGetJobLogsCF66446A',
    'FunctionsGetOpenApiLogs1DAE76B9',
    'FunctionsGetProtectedUserLogs0A884234',
    'FunctionsGetUserEverywhereLogsD12752E6',
    'FunctionsGetUserHistoryLogs01431438',
    'FunctionsHealthLogs9B376366',
    'FunctionsListBlockedUsersLogsD8BDDC62',
    'FunctionsListJobUsersLogsB8A8C9DB',
    'FunctionsListJobsLogs0CC0E71F',
    'FunctionsListNumbersInUseLogs96105ABC',
    'FunctionsListNumbersLogs16F44EA9',
    'FunctionsListOperationsLogs5D498A17',
    'FunctionsListProtectedUsersLogsD1764E3B',
    'FunctionsLookupUsersLogs04C2B7A9',
    'FunctionsProcessChunkLogs3E3E9409',
    'FunctionsProtectUserLogs206D5094',
    'FunctionsPublishEventsLogsD77F11C5',
    'FunctionsReceiveWebhookLogsF1BA37E8',
    'FunctionsReconcileNumbersLogs04B76DC7',
    'FunctionsRetryDeferredLogs77D9A41A',
    'FunctionsRetryJobLogs917D10AE',
    'FunctionsRevertJobLogs266D0604',
    'FunctionsStartReconciliationLogsAD9BD680',
    'FunctionsSweepLogs68D87101',
    'FunctionsUnblockUsersLogsD456D397',
    'FunctionsUnprotectUserLogs3B4F474F',
    'ReconciliationLogs04D0B486',
  ],
  // Under another id the table would get a new key, and its backups would depend on a key that nobody checks.
  'AWS::KMS::Key': ['DataProtectionKeyB97BD4AC'],
};

/** What callers, and executions in progress, know by an address or ARN that goes with the logical id. */
const KNOWN_ELSEWHERE = {
  'AWS::ApiGateway::RestApi': ['ApiRestApiE35FEAFE'],
  'AWS::StepFunctions::StateMachine': ['BulkWorkflowStateMachine4C252081', 'ReconciliationStateMachine40C8A822'],
};

/** The same, where callers have keys. */
const WITH_KEYS: Readonly<Record<string, readonly string[]>> = {
  'AWS::DynamoDB::GlobalTable': ['KeysTableF42AC009'],
  'AWS::Logs::LogGroup': [
    'FunctionsAuthorizeKeyLogsD530C39B',
    'FunctionsCreateKeyLogs0F6A481D',
    'FunctionsListKeysLogs8E7E9C54',
    'FunctionsRevokeKeyLogs9B707D51',
    'FunctionsRotateKeyLogs26A25083',
    'KeyApiAccessLogE1873A43',
  ],
  'AWS::ApiGateway::RestApi': ['KeyApiRestApiD4FCCDE7'],
};

describe.each(ALL_CONFIGURATIONS)('with the configuration %s', (configuration) => {
  const stack = synthesize(configuration);
  const hasKeys = configuration === 'keys' || configuration === 'privateKeys';
  const hasOwnKey = configuration === 'customerManagedKey' || configuration === 'privateKeys';
  const idsOf = (type: string) =>
    ofType(stack, type)
      .map(({ id }) => id)
      .sort();

  it.each(Object.entries({ ...HOLDS_DATA, ...KNOWN_ELSEWHERE }))('%s has the id that it always had', (type, ids) => {
    const absent = type === 'AWS::KMS::Key' && !hasOwnKey;
    const ofKeys = hasKeys ? (WITH_KEYS[type] ?? []) : [];
    expect(idsOf(type)).toEqual(absent ? [] : [...ids, ...ofKeys].sort());
  });

  it('lists everything that outlives the stack, except the account role for API Gateway logs', () => {
    const listed: string[] = [HOLDS_DATA, WITH_KEYS].flatMap((types) => Object.values(types)).flat();
    const kept = stack.resources.filter(({ DeletionPolicy }) => DeletionPolicy?.startsWith('Retain'));
    const rest = kept.filter(({ id }) => !listed.includes(id)).map(({ Type }) => Type);
    expect(rest.sort()).toEqual(
      configuration === 'withoutAccountRole' ? [] : ['AWS::ApiGateway::Account', 'AWS::IAM::Role'],
    );
  });

  it('has no resource that outlives the stack and that a deploy would let go', () => {
    const kept = stack.resources.filter(({ DeletionPolicy }) => DeletionPolicy?.startsWith('Retain'));
    // The role of the account holds no data, and another stack may set it.
    const accounts = ['AWS::ApiGateway::Account', 'AWS::IAM::Role'];
    const types = new Set(kept.map(({ Type }) => Type).filter((type) => !accounts.includes(type)));
    expect([...types].filter((type) => !TYPES_THAT_HOLD_DATA.includes(type))).toEqual([]);
  });

  it('has the alarms that a deploy watches, as many as CloudFormation allows', () => {
    const names = ofType(stack, 'AWS::CloudWatch::Alarm').map(({ Properties }) => text(Properties.AlarmName));
    const missing = ROLLBACK_ALARMS.filter((name) => !names.some((full) => full.endsWith(`-${name}`)));
    expect(missing).toEqual(configuration === 'withoutMetrics' ? ['service-faults'] : []);
    expect(ROLLBACK_ALARMS.length).toBeLessThanOrEqual(MOST_ROLLBACK_ALARMS);
  });
});

it('the stack policy lets everything be changed, and nothing that holds data be replaced or deleted', () => {
  expect(JSON.parse(stackPolicy())).toEqual({
    Statement: [
      { Effect: 'Allow', Action: 'Update:*', Principal: '*', Resource: '*' },
      {
        Effect: 'Deny',
        Action: ['Update:Replace', 'Update:Delete'],
        Principal: '*',
        Resource: '*',
        Condition: { StringEquals: { ResourceType: [...TYPES_THAT_HOLD_DATA] } },
      },
    ],
  });
});
