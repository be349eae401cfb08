import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';

interface Stack {
  readonly status: string;
  readonly isProtected?: boolean;
}

interface Options {
  readonly args: string[];
  /** The command of the CDK that fails. */
  readonly failing: string;
  readonly name: string;
  /** As the CDK lists it. */
  readonly account: string;
  readonly listed: string;
  readonly env: Record<string, string | undefined>;
  /** What CloudFormation answers if it refuses. */
  readonly refusal: { readonly code: string; readonly message: string };
}

/** `npm run deploy -- -c stage=prod` against an account with that stack, or none, and a CDK that writes down what it was asked. */
async function deploy(
  stack: Stack | 'refused' | undefined,
  {
    args = ['-c', 'stage=prod'],
    failing = 'none',
    name = 'Blocklist-prod',
    account = '111122223333',
    listed = JSON.stringify([{ id: name, name, environment: { account, region: 'eu-west-1' } }]),
    env = {},
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
[ "$1" != "${failing}" ] || exit 3
`;
  writeFileSync(join(directory, 'cdk'), script, { mode: 0o755 });
  const run = promisify(execFile)(process.execPath, ['bin/deploy.ts', ...args], {
    env: {
      PATH: `${directory}:/usr/bin:/bin`,
      HOME: directory,
      AWS_ENDPOINT_URL: cloudFormation.url,
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_MAX_ATTEMPTS: '1',
      AWS_EC2_METADATA_DISABLED: 'true',
      ...env,
    },
  });
  const { code, said } = await run.then(
    () => ({ code: 0, said: '' }),
    (error: { code?: number; stderr?: string }) => ({ code: error.code, said: error.stderr?.trim() }),
  );
  const linesOf = (file: string) =>
    existsSync(join(directory, file)) ? readFileSync(join(directory, file), 'utf8').trim().split('\n') : [];
  const regions = new Set([...linesOf('regions'), ...cloudFormation.regions]);
  return { code, said, cdk: linesOf('calls'), asked: cloudFormation.asked, regions };
}

/** As much of CloudFormation's Query API as a deploy asks. */
async function startCloudFormation(stack: Stack | 'refused' | undefined, refusal: Options['refusal']) {
  const asked: string[] = [];
  const regions: string[] = [];
  const server = http.createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const form = new URLSearchParams(Buffer.concat(parts).toString('utf8'));
    const action = form.get('Action') ?? '';
    const [, signedFor = ''] = /\/\d{8}\/([^/]+)\/cloudformation\//.exec(request.headers.authorization ?? '') ?? [];
    regions.push(signedFor);
    const wanted = form.get('EnableTerminationProtection');
    asked.push([action, form.get('StackName'), ...(wanted === null ? [] : [wanted])].join(' '));
    if (stack === undefined || stack === 'refused') {
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
    const member = `<member><StackName>Blocklist-prod</StackName><StackStatus>${stack.status}</StackStatus><EnableTerminationProtection>${stack.isProtected ?? false}</EnableTerminationProtection></member>`;
    response.end(
      `<${action}Response><${action}Result><Stacks>${member}</Stacks></${action}Result></${action}Response>`,
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port');
  return { url: `http://127.0.0.1:${address.port}`, asked, regions };
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

describe('npm run deploy', () => {
  it('makes a stack without protection, and then protects it', async () => {
    expect(await deploy(undefined)).toMatchObject({
      code: 0,
      cdk: [LIST, FIRST, WHOLE],
      asked: ['DescribeStacks Blocklist-prod'],
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
        asked: ['DescribeStacks Blocklist-prod'],
      });
    },
  );

  it('removes the protection of a stack that `cdk deploy` could not create', async () => {
    const { asked, cdk } = await deploy({ status: 'ROLLBACK_FAILED', isProtected: true });
    expect(asked).toEqual(['DescribeStacks Blocklist-prod', 'UpdateTerminationProtection Blocklist-prod false']);
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
      expect(await deploy({ status, isProtected })).toMatchObject({
        code: 0,
        cdk: [LIST, WHOLE],
        asked: ['DescribeStacks Blocklist-prod'],
      });
    }
  });

  it('deploys once, without a call to AWS, if the stage is not protected', async () => {
    const dev = await deploy(undefined, { args: ['-c', 'blocklist.chunkSize=100'], name: 'Blocklist-dev' });
    expect(dev).toMatchObject({
      code: 0,
      cdk: ['list --long --json --no-ci -c blocklist.chunkSize=100', 'deploy -c blocklist.chunkSize=100'],
      asked: [],
    });
  });

  it('passes all options to `cdk deploy`, and those it needs to `cdk list`', async () => {
    const args = ['--context', 'stage=prod', '--require-approval', 'never', '-c', 'a=b', '--profile', 'ops'];
    const files = { AWS_SHARED_CREDENTIALS_FILE: withProfile('ops') };
    expect((await deploy({ status: 'CREATE_COMPLETE' }, { args, env: files })).cdk).toEqual([
      'list --long --json --no-ci --profile ops -c stage=prod -c a=b',
      `deploy ${args.join(' ')}`,
    ]);
  });

  it('deploys nothing if the configuration is refused', async () => {
    expect(await deploy(undefined, { failing: 'list' })).toMatchObject({ code: 3, said: '', cdk: [LIST], asked: [] });
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
    ['--profile', { env: { AWS_REGION: undefined }, args: ['-c', 'stage=prod', '--profile', 'ops'] }, 'eu-central-1'],
  ])('%s', async (_, { env, ...options }, region) => {
    const { code, regions } = await deploy(undefined, {
      ...options,
      env: { ...env, AWS_SHARED_CREDENTIALS_FILE: withProfile('ops') },
    });
    expect({ code, regions }).toEqual({ code: 0, regions: new Set([region]) });
  });
});
