import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';

interface Stack {
  readonly status: string;
  readonly isProtected?: boolean;
}

/** `npm run deploy -- -c stage=prod` against an account with that stack, or none, and a CDK that writes down what it was asked. */
async function deploy(
  stack: Stack | undefined,
  { args = ['-c', 'stage=prod'], failing = 'none', name = 'Blocklist-prod' } = {},
) {
  const directory = mkdtempSync(join(tmpdir(), 'blocklist-deploy-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const cloudFormation = await startCloudFormation(stack);
  const script = `#!/bin/sh
echo "$*" >> ${directory}/calls
[ "$1" = list ] && echo ${name}
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
    },
  });
  const code = await run.then(
    () => 0,
    (error: { code?: number }) => error.code,
  );
  const cdk = readFileSync(join(directory, 'calls'), 'utf8').trim().split('\n');
  return { code, cdk, asked: cloudFormation.asked };
}

/** As much of CloudFormation's Query API as a deploy asks. */
async function startCloudFormation(stack: Stack | undefined) {
  const asked: string[] = [];
  const server = http.createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const form = new URLSearchParams(Buffer.concat(parts).toString('utf8'));
    const action = form.get('Action') ?? '';
    const wanted = form.get('EnableTerminationProtection');
    asked.push([action, form.get('StackName'), ...(wanted === null ? [] : [wanted])].join(' '));
    response.writeHead(stack ? 200 : 400, { 'content-type': 'text/xml' });
    if (!stack) {
      response.end(
        '<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code><Message>Stack with id Blocklist-prod does not exist</Message></Error></ErrorResponse>',
      );
      return;
    }
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
  return { url: `http://127.0.0.1:${address.port}`, asked };
}

const LIST = 'list -c stage=prod';
const FIRST = 'deploy -c stage=prod -c firstDeploy=true';
const WHOLE = 'deploy -c stage=prod';

describe('npm run deploy', () => {
  it('makes a stack without protection, and then protects it', async () => {
    expect(await deploy(undefined)).toEqual({
      code: 0,
      cdk: [LIST, FIRST, WHOLE],
      asked: ['DescribeStacks Blocklist-prod'],
    });
  });

  it('ends with the exit code of a first deploy that failed, and leaves it unprotected', async () => {
    expect(await deploy(undefined, { failing: 'deploy' })).toMatchObject({ code: 3, cdk: [LIST, FIRST] });
  });

  it.each(['ROLLBACK_COMPLETE', 'ROLLBACK_FAILED', 'CREATE_FAILED', 'REVIEW_IN_PROGRESS'])(
    'begins anew, by the same command, where a stack could not be made: %s',
    async (status) => {
      expect(await deploy({ status })).toEqual({
        code: 0,
        cdk: [LIST, FIRST, WHOLE],
        asked: ['DescribeStacks Blocklist-prod'],
      });
    },
  );

  it('takes the protection off a stack that `cdk deploy` itself could not make', async () => {
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
  ])('never takes the protection off a stack that was whole: %s', async (status) => {
    for (const isProtected of [true, false]) {
      expect(await deploy({ status, isProtected })).toEqual({
        code: 0,
        cdk: [LIST, WHOLE],
        asked: ['DescribeStacks Blocklist-prod'],
      });
    }
  });

  it('deploys once, and asks nothing, where the stage is not protected', async () => {
    const dev = await deploy(undefined, { args: ['-c', 'blocklist.chunkSize=100'], name: 'Blocklist-dev' });
    expect(dev).toEqual({
      code: 0,
      cdk: ['list -c blocklist.chunkSize=100', 'deploy -c blocklist.chunkSize=100'],
      asked: [],
    });
  });

  it('hands everything on to the deploy, and to the list what it needs', async () => {
    const args = ['--context', 'stage=prod', '--require-approval', 'never', '-c', 'a=b'];
    expect((await deploy({ status: 'CREATE_COMPLETE' }, { args })).cdk).toEqual([
      'list -c stage=prod -c a=b',
      `deploy ${args.join(' ')}`,
    ]);
  });

  it('deploys nothing where the configuration is refused', async () => {
    expect(await deploy(undefined, { failing: 'list' })).toEqual({ code: 3, cdk: [LIST], asked: [] });
  });
});
