import { describe, expect, it } from 'vitest';
import { contextArguments, readDeployment } from '../../../local/cloud/deploy.ts';

describe('contextArguments', () => {
  const graph = {
    endpoint: 'http://127.0.0.1:2',
    baseUrls: { metaBaseUrl: 'http://127.0.0.1:1', splashifyBaseUrl: 'http://127.0.0.1:1/api' },
  };

  it('sets the stage, both kinds of callers, where Graph is, and where the APIs will be', () => {
    expect(contextArguments(graph)).toEqual([
      '-c',
      'stage=local',
      '-c',
      'blocklist.callers=["iam","apiKey"]',
      '-c',
      'blocklist.apiKey.cacheSeconds=1',
      '-c',
      'blocklist.graph.metaBaseUrl=http://127.0.0.1:1',
      '-c',
      'blocklist.graph.splashifyBaseUrl=http://127.0.0.1:1/api',
      '-c',
      'blocklist.publicUrl=http://127.0.0.1:2/restapis/{apiId}/local/_user_request_',
      '-c',
      'blocklist.apiKey.publicUrl=http://127.0.0.1:2/restapis/{apiId}/local/_user_request_',
    ]);
  });

  it('passes more settings on, but never another stage or another Graph', () => {
    const context = { 'graph.timeoutSeconds': '3', 'graph.metaBaseUrl': 'https://graph.facebook.com' };
    const args = contextArguments({ ...graph, context });
    expect(args).toContain('blocklist.graph.timeoutSeconds=3');
    expect(args.filter((arg) => /stage=|metaBaseUrl/.test(arg))).toEqual([
      'stage=local',
      'blocklist.graph.metaBaseUrl=http://127.0.0.1:1',
    ]);
  });

  it('refuses a Graph on another machine', () => {
    const at = (elsewhere: object) => ({ ...graph, baseUrls: { ...graph.baseUrls, ...elsewhere } });
    for (const elsewhere of [
      { metaBaseUrl: 'https://graph.facebook.com' },
      { splashifyBaseUrl: 'https://api.splashifypro.com' },
    ]) {
      expect(() => contextArguments(at(elsewhere))).toThrow(/must be on this machine/);
    }
  });
});

describe('readDeployment', () => {
  const outputs = {
    ApiUrl: 'http://127.0.0.1:4566/restapis/abc123/local/_user_request_',
    KeyApiUrl: 'http://127.0.0.1:4566/restapis/def456/local/_user_request_',
    TableName: 'table',
    TokenSecretArn: 'arn:aws:secretsmanager:us-east-1:000000000000:secret:token',
    StateMachineArn: 'arn:aws:states:us-east-1:000000000000:stateMachine:bulk',
    ReconciliationArn: 'arn:aws:states:us-east-1:000000000000:stateMachine:reconciliation',
    ScheduleGroupName: 'Blocklist-local',
    ReaderPolicyArn: 'arn:aws:iam::000000000000:policy/reader',
    AgentPolicyArn: 'arn:aws:iam::000000000000:policy/agent',
    OperatorPolicyArn: 'arn:aws:iam::000000000000:policy/operator',
    WebhookForwarderPolicyArn: 'arn:aws:iam::000000000000:policy/forwarder',
    KeyManagerPolicyArn: 'arn:aws:iam::000000000000:policy/key-manager',
  };

  it('gives what the stack says about itself', () => {
    const deployment = readDeployment(JSON.stringify({ 'Blocklist-local': outputs }));
    expect(deployment).toEqual({
      apiUrl: 'http://127.0.0.1:4566/restapis/abc123/local/_user_request_',
      keyApiUrl: 'http://127.0.0.1:4566/restapis/def456/local/_user_request_',
      tableName: 'table',
      secretArn: outputs.TokenSecretArn,
      stateMachineArn: outputs.StateMachineArn,
      reconciliationArn: outputs.ReconciliationArn,
      scheduleGroup: 'Blocklist-local',
      callerPolicies: {
        reader: outputs.ReaderPolicyArn,
        agent: outputs.AgentPolicyArn,
        operator: outputs.OperatorPolicyArn,
        webhookForwarder: outputs.WebhookForwarderPolicyArn,
        keyManager: outputs.KeyManagerPolicyArn,
      },
    });
  });

  it('refuses an API on another machine', () => {
    for (const name of ['ApiUrl', 'KeyApiUrl']) {
      const elsewhere = { ...outputs, [name]: 'https://abc123.execute-api.us-east-1.amazonaws.com/local' };
      expect(() => readDeployment(JSON.stringify({ stack: elsewhere }))).toThrow(/must be on this machine/);
    }
  });

  it('names the output that is missing', () => {
    const { TableName: _gone, ...others } = outputs;
    expect(() => readDeployment(JSON.stringify({ stack: others }))).toThrow(/TableName/);
    expect(() => readDeployment('{}')).toThrow(/outputs are not as expected/);
  });
});
