import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import * as z from 'zod';
import { installPythonPackage } from '../../local/cloud/install-python-package.ts';
import type { Configuration } from './configurations.ts';
import { synthesize } from './synthesize.ts';

/**
 * Not looked for: W3005, a dependency that a reference makes already. The CDK writes each one out wherever a construct depends
 * on a construct, and CloudFormation does the same with it and without it.
 */
const IGNORED = ['W3005'];
const REGION = 'eu-west-1';
/**
 * Not the others, since cfn-lint takes seconds for a template, and each of them is a part of one of these, but for values: both
 * APIs, public and private, each setting that makes a resource, and the local stage. That none refers to what is not there,
 * `order.test.ts` checks for all.
 */
const LINTED: readonly Configuration[] = ['local', 'tuned', 'keys', 'privateKeys'];

const report = z.array(
  z.looseObject({ Filename: z.string(), Message: z.string(), Rule: z.looseObject({ Id: z.string() }) }),
);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'blocklist-cfn-lint-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('cfn-lint finds nothing in the templates, and what is wrong in one that is wrong', async () => {
  const { python, env } = await installPythonPackage('cfn-lint', { log: console.log });
  for (const configuration of LINTED) put(configuration, synthesize(configuration).json);
  put('wrong', { Resources: { Queue: { Type: 'AWS::SQS::Queue', Properties: { DelaySeconds: 'soon' } } } });
  // All in one process: it takes some seconds to start. HOME, since a developer's own settings are not the project's.
  const output = await new Promise<string>((resolve, reject) => {
    const start = 'import sys; from cfnlint.runner import main; sys.exit(main())';
    const args = ['-c', start, '--format', 'json', '--regions', REGION, '--ignore-checks', ...IGNORED, '--'];
    const files = [...LINTED, 'wrong'].map(fileOf);
    const options = { cwd: folder, env: { ...env, HOME: folder }, maxBuffer: 64 * 1024 * 1024 };
    // Its exit code is not 0, since there is something to find.
    execFile(python, [...args, ...files], options, (_, stdout, stderr) => {
      if (stdout === '') reject(new Error(stderr));
      else resolve(stdout);
    });
  });
  const findings = report.parse(JSON.parse(output)).map((one) => `${one.Filename}: ${one.Rule.Id} ${one.Message}`);
  expect(findings).toEqual([`${fileOf('wrong')}: E3012 'soon' is not of type 'integer'`]);
}, 300_000);

function fileOf(name: string): string {
  return join(folder, `${name}.json`);
}

function put(name: string, template: unknown): void {
  writeFileSync(fileOf(name), JSON.stringify(template));
}
