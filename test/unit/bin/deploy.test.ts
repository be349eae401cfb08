import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';

interface Stack {
  readonly status: string;
  readonly isProtected?: boolean;
  /** The template that is deployed, and the one that the CDK synthesises. */
  readonly before?: object;
  readonly after?: object;
  /** What CloudFormation would do. */
  readonly changes?: readonly Change[];
  /** States of the alarms that are there, by their names. */
  readonly alarms?: Readonly<Record<string, 'OK' | 'ALARM'>>;
}

interface Change {
  readonly action: 'Add' | 'Modify' | 'Remove' | 'Dynamic' | 'Import';
  readonly id: string;
  readonly type: string;
  readonly replacement?: 'True' | 'False' | 'Conditional';
  /** A property that asks for another resource. */
  readonly because?: string;
}

const EMPTY = { Resources: {} };
const COMMAND = join(import.meta.dirname, '../../../bin/deploy.ts');

interface Options {
  readonly args: string[];
  /** How the command of the CDK begins that fails. */
  readonly failing: string;
  readonly name: string;
  /** As the CDK lists it. */
  readonly account: string;
  readonly listed: string;
  readonly env: Record<string, string | undefined>;
  /** `config/prod.json`. */
  readonly config: object;
  /** What CloudFormation answers if it refuses. */
  readonly refusal: { readonly code: string; readonly message: string };
}

/** `npm run deploy -- -c stage=prod` against an account with that stack, or none, and a CDK that writes down what it was asked. */
async function deploy(
  stack: Stack | 'refused' | undefined,
  {
    args = ['-c', 'stage=prod', '--no-smoke-test'],
    failing = 'none',
    name = 'Blocklist-prod',
    account = '111122223333',
    listed = JSON.stringify([{ id: name, name, environment: { account, region: 'eu-west-1' } }]),
    env = {},
    config = {},
    refusal = { code: 'AccessDenied', message: 'not authorized' },
  }: Partial<Options> = {},
) {
  const directory = mkdtempSync(join(tmpdir(), 'blocklist-deploy-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const cloudFormation = await startCloudFormation(stack, refusal);
  const script = `#!/bin/sh
echo "$*" >> ${directory}/calls
echo "$AWS_REGION" >> ${directory}/regions
[ "$1" = list ] && echo '${listed}'
for word; do [ "$before" = --output ] && cp ${directory}/after.json "$word/${name}.template.json"; before="$word"; done
case "$*" in ${failing}*) exit 3;; esac
exit 0
`;
  const { after = EMPTY } = typeof stack === 'object' ? stack : {};
  writeFileSync(join(directory, 'after.json'), JSON.stringify(after));
  writeFileSync(join(directory, 'cdk'), script, { mode: 0o755 });
  mkdirSync(join(directory, 'config'));
  writeFileSync(join(directory, 'config', 'prod.json'), JSON.stringify(config));
  const run = promisify(execFile)(process.execPath, [COMMAND, ...args], {
    cwd: directory,
    env: {
      PATH: `${directory}:/usr/bin:/bin`,
      HOME: directory,
      AWS_ENDPOINT_URL: cloudFormation.url,
      NO_COLOR: '1',
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_MAX_ATTEMPTS: '1',
      AWS_EC2_METADATA_DISABLED: 'true',
      ...env,
    },
  });
  const { code, said, printed } = await run.then(
    ({ stdout, stderr }) => ({ code: 0, said: stderr.trim(), printed: stdout }),
    (error: { code?: number; stderr?: string; stdout?: string }) => ({
      code: error.code,
      said: error.stderr?.trim(),
      printed: error.stdout ?? '',
    }),
  );
  const linesOf = (file: string) =>
    existsSync(join(directory, file)) ? readFileSync(join(directory, file), 'utf8').trim().split('\n') : [];
  const regions = new Set([...linesOf('regions'), ...cloudFormation.regions]);
  const cdk = linesOf('calls').map((line) => line.replaceAll(/\S+\/blocklist-deploy-\w+/g, '<assembly>'));
  return { code, said, printed, cdk, ...cloudFormation, regions };
}

/** As much of AWS as a deploy asks, and the service's own health. */
async function startCloudFormation(stack: Stack | 'refused' | undefined, refusal: Options['refusal']) {
  const asked: string[] = [];
  const regions: string[] = [];
  const policies: unknown[] = [];
  const server = http.createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const body = Buffer.concat(parts).toString('utf8');
    const known = typeof stack === 'object' ? stack : undefined;
    if (request.headers['x-amz-target']?.toString().endsWith('.DescribeAlarms')) {
      const { AlarmNames } = JSON.parse(body);
      const alarms = Object.entries(known?.alarms ?? {}).filter(([name]) => AlarmNames.includes(name));
      const MetricAlarms = alarms.map(([AlarmName, StateValue]) => ({
        AlarmName,
        AlarmArn: `arn:${AlarmName}`,
        StateValue,
      }));
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify({ MetricAlarms }));
      return;
    }
    const table = /^DynamoDB_20120810\.(\w+)$/.exec(request.headers['x-amz-target']?.toString() ?? '')?.[1];
    if (table !== undefined) {
      asked.push(`${table} ${JSON.parse(body).TableName}`);
      response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' });
      response.end(
        JSON.stringify({ __type: 'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException', message: 'no' }),
      );
      return;
    }
    if (request.method === 'GET') {
      const answer = request.url?.startsWith('/schedules')
        ? { Schedules: [{ Name: 'sweep', State: 'ENABLED' }] }
        : { status: 'ok' };
      response.writeHead(known?.status === 'UPDATE_COMPLETE' ? 200 : 503, { 'content-type': 'application/json' });
      response.end(JSON.stringify(answer));
      return;
    }
    const form = new URLSearchParams(body);
    const action = form.get('Action') ?? '';
    const [, signedFor = ''] = /\/\d{8}\/([^/]+)\/cloudformation\//.exec(request.headers.authorization ?? '') ?? [];
    regions.push(signedFor);
    const wanted = form.get('EnableTerminationProtection');
    asked.push([action, form.get('StackName'), ...(wanted === null ? [] : [wanted])].join(' '));
    if (action === 'SetStackPolicy') policies.push(JSON.parse(form.get('StackPolicyBody') ?? ''));
    else if (known === undefined) {
      const { code, message } =
        stack === 'refused'
          ? refusal
          : { code: 'ValidationError', message: 'Stack with id Blocklist-prod does not exist' };
      response.writeHead(400, { 'content-type': 'text/xml' });
      response.end(
        `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
      );
      return;
    }
    response.writeHead(200, { 'content-type': 'text/xml' });
    const result = known === undefined ? '' : answer(known, form, `http://${request.headers.host}`);
    response.end(`<${action}Response><${action}Result>${result}</${action}Result></${action}Response>`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port');
  return { url: `http://127.0.0.1:${address.port}`, asked, regions, policies };
}

function answer(stack: Stack, form: URLSearchParams, url: string): string {
  const action = form.get('Action');
  if (action === 'GetTemplate') return `<TemplateBody>${JSON.stringify(stack.before ?? EMPTY)}</TemplateBody>`;
  if (action === 'DescribeChangeSet') {
    // A page has one change.
    const page = Number(form.get('NextToken') ?? '0');
    const { changes = [] } = stack;
    const more = page + 1 < changes.length ? `<NextToken>${page + 1}</NextToken>` : '';
    const status = changes.length === 0 ? 'FAILED' : 'CREATE_COMPLETE';
    return `<Status>${status}</Status><Changes>${changes
      .slice(page, page + 1)
      .map(changeXml)
      .join('')}</Changes>${more}`;
  }
  const outputs = Object.entries({ ApiUrl: url, TokenSecretArn: 'arn:secret', ScheduleGroupName: 'group' }).map(
    ([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`,
  );
  return `<Stacks><member><StackName>Blocklist-prod</StackName><StackStatus>${stack.status}</StackStatus><EnableTerminationProtection>${stack.isProtected ?? false}</EnableTerminationProtection><Outputs>${outputs.join('')}</Outputs></member></Stacks>`;
}

function changeXml({ action, id, type, replacement, because }: Change): string {
  const details =
    because === undefined
      ? ''
      : `<member><Target><Attribute>Properties</Attribute><Name>${because}</Name><RequiresRecreation>Always</RequiresRecreation></Target></member>`;
  return `<member><Type>Resource</Type><ResourceChange><Action>${action}</Action><LogicalResourceId>${id}</LogicalResourceId><ResourceType>${type}</ResourceType>${replacement === undefined ? '' : `<Replacement>${replacement}</Replacement>`}<Details>${details}</Details></ResourceChange></member>`;
}

/** A file of credentials with this profile. */
function withProfile(name: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'blocklist-deploy-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const file = join(directory, 'credentials');
  writeFileSync(file, `[${name}]\naws_access_key_id = test\naws_secret_access_key = test\nregion = eu-central-1\n`);
  return file;
}

const LIST = 'list --long --json --no-ci -c stage=prod';
const FIRST = 'deploy -c stage=prod -c firstDeploy=true';
const WHOLE = 'deploy -c stage=prod';
const DIFF = 'diff -c stage=prod --method template --output <assembly>';
const PREPARE =
  'deploy Blocklist-prod --app <assembly> --change-set-name blocklist-deploy --method prepare-change-set --require-approval never';
const EXECUTE = 'deploy Blocklist-prod --app <assembly> --change-set-name blocklist-deploy --method execute-change-set';
const NO_ALARMS = '--rollback-trigger-alarm-arns none';
const CODE: Change = {
  action: 'Modify',
  id: 'FunctionsHealthFunction0A1B2C3D',
  type: 'AWS::Lambda::Function',
  replacement: 'False',
};
/** What nobody's update may do. */
const DENIED = {
  Effect: 'Deny',
  Action: ['Update:Replace', 'Update:Delete'],
  Resource: '*',
  Condition: {
    StringEquals: {
      ResourceType: expect.arrayContaining([
        'AWS::DynamoDB::GlobalTable',
        'AWS::SecretsManager::Secret',
        'AWS::KMS::Key',
        'AWS::Logs::LogGroup',
      ]),
    },
  },
};

describe('npm run deploy', () => {
  it('makes a stack without protection, and then protects it', async () => {
    expect(await deploy(undefined)).toMatchObject({
      code: 0,
      cdk: [LIST, FIRST, WHOLE],
      asked: ['DescribeStacks Blocklist-prod', 'SetStackPolicy Blocklist-prod'],
      policies: [{ Statement: [expect.objectContaining({ Effect: 'Allow' }), expect.objectContaining(DENIED)] }],
    });
  });

  it('ends with the exit code of a first deploy that failed, and leaves it unprotected', async () => {
    expect(await deploy(undefined, { failing: 'deploy' })).toMatchObject({ code: 3, cdk: [LIST, FIRST] });
  });

  it.each(['ROLLBACK_COMPLETE', 'ROLLBACK_FAILED', 'CREATE_FAILED', 'REVIEW_IN_PROGRESS'])(
    'starts again, by the same command, if the stack could not be created: %s',
    async (status) => {
      expect(await deploy({ status })).toMatchObject({
        code: 0,
        cdk: [LIST, FIRST, WHOLE],
        asked: ['DescribeStacks Blocklist-prod', 'SetStackPolicy Blocklist-prod'],
      });
    },
  );

  it('removes the protection of a stack that `cdk deploy` could not create', async () => {
    const { asked, cdk } = await deploy({ status: 'ROLLBACK_FAILED', isProtected: true });
    expect(asked).toEqual([
      'DescribeStacks Blocklist-prod',
      'UpdateTerminationProtection Blocklist-prod false',
      'SetStackPolicy Blocklist-prod',
    ]);
    expect(cdk).toEqual([LIST, FIRST, WHOLE]);
  });

  it.each([
    'CREATE_COMPLETE',
    'UPDATE_COMPLETE',
    'UPDATE_ROLLBACK_COMPLETE',
    'UPDATE_ROLLBACK_FAILED',
    'IMPORT_COMPLETE',
  ])('never removes the protection of a stack that was created completely: %s', async (status) => {
    for (const isProtected of [true, false]) {
      const { code, cdk, asked } = await deploy({ status, isProtected, changes: [CODE] });
      expect({ code, cdk }).toEqual({ code: 0, cdk: [LIST, DIFF, `${PREPARE} ${NO_ALARMS}`, EXECUTE] });
      expect(asked).not.toContainEqual(expect.stringContaining('UpdateTerminationProtection'));
    }
  });

  it('deploys once, without a call to AWS, if the stage is not protected', async () => {
    const dev = await deploy(undefined, {
      args: ['-c', 'blocklist.chunkSize=100', '--no-smoke-test'],
      name: 'Blocklist-dev',
    });
    expect(dev).toMatchObject({
      code: 0,
      cdk: ['list --long --json --no-ci -c blocklist.chunkSize=100', 'deploy -c blocklist.chunkSize=100'],
      asked: [],
    });
  });

  it('passes all options to `cdk deploy`, and those that name the stack to every command', async () => {
    const args = [
      '--context',
      'stage=prod',
      '--progress',
      'events',
      '--require-approval',
      'any-change',
      '-c',
      'a=b',
      '--profile',
      'ops',
      '--no-smoke-test',
    ];
    const files = { AWS_SHARED_CREDENTIALS_FILE: withProfile('ops') };
    const target = '--profile ops -c stage=prod -c a=b';
    expect((await deploy(undefined, { args, env: files })).cdk).toEqual([
      `list --long --json --no-ci ${target}`,
      `deploy ${target} --require-approval any-change --progress events -c firstDeploy=true`,
      `deploy ${target} --require-approval any-change --progress events`,
    ]);
    const shared =
      'deploy Blocklist-prod --app <assembly> --change-set-name blocklist-deploy --profile ops --progress events --method';
    expect((await deploy({ status: 'CREATE_COMPLETE', changes: [CODE] }, { args, env: files })).cdk).toEqual([
      `list --long --json --no-ci ${target}`,
      `diff ${target} --method template --output <assembly>`,
      `${shared} prepare-change-set --require-approval never ${NO_ALARMS}`,
      `${shared} execute-change-set --require-approval any-change`,
    ]);
  });

  it.each([[['prod', '--no-smoke-test']], [['-c', 'stage=prod', '--no-smoke-test']]])(
    'takes the stage as %j',
    async (args) => {
      expect((await deploy(undefined, { args })).cdk).toEqual([LIST, FIRST, WHOLE]);
    },
  );

  it.each([
    [['prod', '-c', 'stage=dev'], 'Two stages are named: prod, and -c stage=dev'],
    [['prod', '--method', 'direct'], '--method: a deploy of this project decides that itself'],
    [['prod', '--no-execute'], '--no-execute: a deploy of this project decides that itself'],
    [['prod', '-a', 'other'], '-a: a deploy of this project decides that itself'],
    [['prod', '--hotswap'], '--hotswap: a deploy of this project decides that itself'],
  ])('refuses %j before anything runs', async (args, said) => {
    expect(await deploy(undefined, { args })).toMatchObject({ code: 1, cdk: [], said: expect.stringContaining(said) });
  });

  it('deploys nothing if the configuration is refused', async () => {
    expect(await deploy(undefined, { failing: 'list' })).toMatchObject({ code: 3, said: '', cdk: [LIST], asked: [] });
  });
});

describe('an update of a stack that is there', () => {
  const TABLE: Change = {
    action: 'Modify',
    id: 'BlocklistTable70D2FEAB',
    type: 'AWS::DynamoDB::GlobalTable',
    replacement: 'False',
  };
  const status = 'UPDATE_COMPLETE';

  it.each<[what: string, change: Change, said: string]>([
    [
      'replaces the table',
      { ...TABLE, replacement: 'True', because: 'KeySchema' },
      'BlocklistTable70D2FEAB: AWS::DynamoDB::GlobalTable is replaced by a new, empty one (KeySchema)',
    ],
    [
      'may replace the secret',
      { action: 'Modify', id: 'TokenSecret2AE840AF', type: 'AWS::SecretsManager::Secret', replacement: 'Conditional' },
      'TokenSecret2AE840AF: AWS::SecretsManager::Secret may be replaced by a new, empty one',
    ],
    [
      'removes the key',
      { action: 'Remove', id: 'DataProtectionKeyB97BD4AC', type: 'AWS::KMS::Key' },
      'DataProtectionKeyB97BD4AC: AWS::KMS::Key is removed from the stack',
    ],
    [
      'removes a log',
      { action: 'Remove', id: 'FunctionsHealthLogs9B376366', type: 'AWS::Logs::LogGroup' },
      'FunctionsHealthLogs9B376366: AWS::Logs::LogGroup is removed from the stack',
    ],
    [
      'does what CloudFormation cannot say yet',
      { ...TABLE, action: 'Dynamic' },
      'BlocklistTable70D2FEAB: AWS::DynamoDB::GlobalTable may be replaced',
    ],
  ])('that %s is refused, and carries out nothing', async (_, change, said) => {
    const run = await deploy({ status, changes: [CODE, change] });
    expect(run).toMatchObject({ code: 1, cdk: [LIST, DIFF, `${PREPARE} ${NO_ALARMS}`], policies: [] });
    expect(run.said).toContain(said);
    expect(run.said).toContain(`--accept ${change.id}`);
    expect(run.asked).toContain('DeleteChangeSet Blocklist-prod');
  });

  it('that changes what holds data in place, or adds such, is carried out', async () => {
    const added: Change = { action: 'Add', id: 'KeysTableF42AC009', type: 'AWS::DynamoDB::GlobalTable' };
    expect(await deploy({ status, changes: [TABLE, added] })).toMatchObject({
      code: 0,
      cdk: expect.arrayContaining([EXECUTE]),
    });
  });

  it('that a person accepts is allowed by the policy for as long as it takes, also if it fails', async () => {
    const changes: Change[] = [{ action: 'Remove', id: 'KeysTableF42AC009', type: 'AWS::DynamoDB::GlobalTable' }];
    const args = ['prod', '--accept', 'KeysTableF42AC009', '--no-smoke-test'];
    for (const failing of ['none', '*execute-change-set']) {
      const { cdk, policies, code } = await deploy({ status, changes }, { args, failing });
      expect({ code, last: cdk.at(-1) }).toEqual({ code: failing === 'none' ? 0 : 3, last: EXECUTE });
      const { Resource: _, ...withoutResource } = DENIED;
      expect(policies).toMatchObject([
        {
          Statement: [
            { Effect: 'Allow' },
            { ...withoutResource, NotResource: ['LogicalResourceId/KeysTableF42AC009'] },
          ],
        },
        { Statement: [{ Effect: 'Allow' }, DENIED] },
      ]);
    }
  });

  it('that would open a private API is refused, however the setting was lost', async () => {
    const api = (...Types: string[]) => ({
      Resources: {
        ApiRestApiE35FEAFE: { Type: 'AWS::ApiGateway::RestApi', Properties: { EndpointConfiguration: { Types } } },
      },
    });
    const changes: Change[] = [
      { action: 'Modify', id: 'ApiRestApiE35FEAFE', type: 'AWS::ApiGateway::RestApi', replacement: 'False' },
    ];
    const open = { status, before: api('PRIVATE'), after: api('REGIONAL'), changes };
    const refused = await deploy(open);
    expect(refused).toMatchObject({ code: 1, cdk: [LIST, DIFF, `${PREPARE} ${NO_ALARMS}`] });
    expect(refused.said).toContain('ApiRestApiE35FEAFE: AWS::ApiGateway::RestApi is private, and becomes public');
    const meant = ['prod', '--accept=ApiRestApiE35FEAFE', '--no-smoke-test'];
    expect(await deploy(open, { args: meant })).toMatchObject({ code: 0, cdk: expect.arrayContaining([EXECUTE]) });
    expect(await deploy({ ...open, after: api('PRIVATE') })).toMatchObject({ code: 0 });
    expect(await deploy({ ...open, before: api('REGIONAL') })).toMatchObject({ code: 0 });
  });

  it('that names a restored table needs it to be there and usable, before anything is prepared', async () => {
    const config = { restoredTableName: 'Blocklist-prod-restored' };
    for (const stack of [undefined, { status, changes: [CODE] }]) {
      const run = await deploy(stack, { config });
      expect(run).toMatchObject({ code: 1, cdk: [LIST] });
      expect(run.asked).toContain('DescribeTable Blocklist-prod-restored');
      expect(run.said).toContain('There is no table Blocklist-prod-restored in this account and region');
    }
  });

  it('is watched by the alarms that are there and quiet', async () => {
    const alarms = {
      'Blocklist-prod-jobs-executions-failed': 'OK',
      'Blocklist-prod-sweep-errors': 'ALARM',
      'Blocklist-prod-expire-blocks-errors': 'OK',
      'Blocklist-prod-of-no-deploy': 'OK',
      'Blocklist-prod-reconciliation-executions-failed': 'OK',
    } as const;
    // The update removes one of them.
    const kept = Object.keys(alarms).filter((name) => !name.startsWith('Blocklist-prod-reconciliation'));
    const named = kept.map((AlarmName) => [AlarmName, { Type: 'AWS::CloudWatch::Alarm', Properties: { AlarmName } }]);
    const after = { Resources: Object.fromEntries(named) };
    const { cdk, printed } = await deploy({ status, changes: [CODE], alarms, after });
    expect(cdk).toContain(
      `${PREPARE} --rollback-trigger-alarm-arns arn:Blocklist-prod-jobs-executions-failed --rollback-trigger-alarm-arns arn:Blocklist-prod-expire-blocks-errors --monitoring-time-minutes 20`,
    );
    expect(printed).toContain(
      'These alarms ring already, so they cannot undo this deploy: Blocklist-prod-sweep-errors',
    );
  });

  it('that changes nothing says so, protects the stack, and leaves no change set', async () => {
    const run = await deploy({ status });
    expect(run).toMatchObject({ code: 0, cdk: [LIST, DIFF, `${PREPARE} ${NO_ALARMS}`], policies: [expect.anything()] });
    expect(run.asked).toContain('DeleteChangeSet Blocklist-prod');
    expect(run.printed).toContain('Blocklist-prod is as the code says: there is nothing to change');
  });

  it('that fails ends with the exit code of the CDK, and says that it is undone', async () => {
    const { code, said, printed } = await deploy({ status, changes: [CODE] }, { failing: '*execute-change-set' });
    expect({ code, said }).toEqual({ code: 3, said: expect.stringContaining('CloudFormation undoes what it changed') });
    expect(printed).not.toContain('is deployed');
  });

  it('is followed by what changed and by the question whether the service works', async () => {
    const fn = (S3Key: string, limit: string) => ({
      Resources: {
        FunctionsHealthFunction0A1B2C3D: {
          Type: 'AWS::Lambda::Function',
          Properties: { Code: { S3Key }, Environment: { Variables: { LIST_LIMIT: limit } } },
        },
      },
    });
    const after = { before: fn('a.zip', '64000'), after: fn('b.zip', '32000'), changes: [CODE] };
    const well = await deploy({ status, ...after }, { args: ['prod'] });
    expect(well).toMatchObject({ code: 0 });
    expect(well.printed).toContain('  function Health: new code\n  setting LIST_LIMIT: 64000 → 32000 (Health)\n');
    expect(well.printed).toMatch(/API +ok +http:\/\/127/);
    const ill = await deploy({ status: 'UPDATE_ROLLBACK_COMPLETE', ...after }, { args: ['prod'] });
    expect(ill).toMatchObject({ code: 1, cdk: expect.arrayContaining([EXECUTE]) });
    expect(ill.said).toContain(
      'The deploy succeeded, but `blocklist doctor --stage prod` found something wrong (above).',
    );
  });
});

const GET_CREDENTIALS = 'Get new ones (for example with `aws sso login`), or name another profile';

describe('a mistake of the person who deploys gives one message, with what to do and without a stack trace', () => {
  it.for<[what: string, options: Partial<Options>, said: string[], cdk: string[]]>([
    [
      'no region',
      { env: { AWS_REGION: undefined } },
      ['No AWS region to deploy to: Region is missing', 'Set AWS_REGION, or name a profile that has a region'],
      [],
    ],
    ['a region that is no name', { env: { AWS_REGION: 'eu west 1' } }, ['No AWS region to deploy to: Region not'], []],
    [
      'no credentials',
      { env: { AWS_ACCESS_KEY_ID: '' }, account: 'unknown-account' },
      ['No AWS credentials were found:', GET_CREDENTIALS],
      [LIST],
    ],
    [
      'credentials that have expired',
      { refusal: { code: 'ExpiredToken', message: 'The security token is expired' }, account: 'unknown-account' },
      ['The AWS credentials have expired:', '  The security token is expired', GET_CREDENTIALS],
      [LIST],
    ],
    [
      'credentials that AWS does not know',
      { refusal: { code: 'InvalidClientTokenId', message: 'The token is invalid' } },
      ['AWS does not accept these credentials in eu-west-1:', '  The token is invalid', GET_CREDENTIALS],
      [LIST],
    ],
    [
      'a missing permission',
      {},
      ['may not look at the stack:', '  not authorized', 'They need cloudformation:DescribeStacks'],
      [LIST],
    ],
    [
      'any other refusal',
      { refusal: { code: 'Throttling', message: 'Rate exceeded' } },
      ['CloudFormation refused to answer:', '  Rate exceeded', 'Try again later.'],
      [LIST],
    ],
    [
      'an address that does not answer',
      { env: { AWS_ENDPOINT_URL: 'http://127.0.0.1:1' } },
      ['CloudFormation cannot be reached in eu-west-1:', 'Check the name of the region'],
      [LIST],
    ],
    [
      'npm without its two dashes, which would deploy dev',
      { args: [], env: { npm_config_call: 'stage=prod' } },
      ['npm kept `-c stage=prod` for itself. Write: npm run deploy -- -c stage=prod'],
      [],
    ],
    ['no CDK', { env: { PATH: '/nowhere' } }, ['The CDK cannot be started:', 'Run `npm ci`'], []],
  ])('%s', async ([_, options, lines, cdk]) => {
    const { said, ...run } = await deploy('refused', options);
    expect(run).toMatchObject({ code: 1, cdk });
    for (const line of lines) expect(said).toContain(line);
    expect(said).not.toMatch(/^\s+at |Node\.js v/m);
  });

  it('is reported for an unprotected stage too, before it is built', async () => {
    const options = { args: ['-c', 'stage=dev'], name: 'Blocklist-dev', account: 'unknown-account' };
    expect(await deploy('refused', options)).toMatchObject({
      code: 1,
      said: expect.stringContaining('may not look at the stack'),
      cdk: ['list --long --json --no-ci -c stage=dev'],
    });
    expect(await deploy({ status: 'CREATE_COMPLETE' }, options)).toMatchObject({
      code: 1,
      said: 'The CDK cannot determine the account of the AWS credentials. `npx cdk list -v` says why.',
    });
  });

  it('keeps the stack trace of a bug', async () => {
    const { code, said } = await deploy(undefined, { listed: 'no JSON' });
    expect({ code, said }).toEqual({ code: 1, said: expect.stringMatching(/^\s+at /m) });
  });
});

describe('the CDK and the SDK use the same region, however it is set', () => {
  it.each<[from: string, options: Partial<Options>, region: string]>([
    ['AWS_REGION', { env: { AWS_REGION: 'eu-west-2', AWS_DEFAULT_REGION: 'us-east-2' } }, 'eu-west-2'],
    ['AWS_DEFAULT_REGION', { env: { AWS_REGION: undefined, AWS_DEFAULT_REGION: 'us-east-2' } }, 'us-east-2'],
    ['AWS_PROFILE', { env: { AWS_REGION: undefined, AWS_PROFILE: 'ops' } }, 'eu-central-1'],
    [
      '--profile',
      { env: { AWS_REGION: undefined }, args: ['prod', '--profile', 'ops', '--no-smoke-test'] },
      'eu-central-1',
    ],
  ])('%s', async (_, { env, ...options }, region) => {
    const { code, regions } = await deploy(undefined, {
      ...options,
      env: { ...env, AWS_SHARED_CREDENTIALS_FILE: withProfile('ops') },
    });
    expect({ code, regions }).toEqual({ code: 0, regions: new Set([region]) });
  });
});
