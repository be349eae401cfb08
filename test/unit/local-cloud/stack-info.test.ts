import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRunDirectories, isAlive } from '../../../local/cloud/run-directory.ts';
import { claimStack, readStackInfo, type StackInfo } from '../../../local/cloud/stack-info.ts';

/** Larger than any process id that Linux or macOS gives out. */
const NOBODY = 99_999_999;
const info: StackInfo = {
  apiUrl: 'http://127.0.0.1:1',
  keyApiUrl: 'http://127.0.0.1:3',
  graphUrl: 'http://127.0.0.1:2',
  region: 'us-east-1',
  tableName: 'table',
  stateMachineArn: 'arn',
  reconciliationArn: 'arn',
  scheduleGroup: 'group',
  callerPolicies: { reader: 'r', agent: 'a', operator: 'o', webhookForwarder: 'w', keyManager: 'k' },
  secretName: 'secret',
  logs: '/logs',
  endpoint: 'http://127.0.0.1:1',
  accessKeyId: 'LOCAL1',
  secretAccessKey: 'secret',
};
let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'blocklist-test-'));
  file = join(folder, 'stack.json');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the stack that npm start keeps up', () => {
  it('is visible to scripts only while it runs', () => {
    expect(() => readStackInfo(file)).toThrow(/npm start/);
    const claim = claimStack(file);
    claim.publish(info);
    expect(readStackInfo(file)).toEqual(info);
    // It has the credentials of the run.
    expect(statSync(file).mode & 0o777).toBe(0o600);
    claim.release();
    expect(existsSync(file)).toBe(false);
    expect(() => readStackInfo(file)).toThrow(/npm start/);
  });

  it('is recognised by its own fields only', () => {
    claimStack(file).publish({ ...info, ...{ $source: { CREDENTIALS_CODE: 'e' } } });
    expect(Object.keys(JSON.parse(readFileSync(file, 'utf8'))).sort()).toEqual([...Object.keys(info), 'pid'].sort());
  });

  it('is one at a time', () => {
    writeFileSync(`${file}.lock`, String(process.ppid));
    expect(() => claimStack(file)).toThrow(`running already (process ${process.ppid})`);
  });

  it('may be replaced if its process was killed', () => {
    writeFileSync(`${file}.lock`, String(NOBODY));
    writeFileSync(file, JSON.stringify({ ...info, pid: NOBODY }));
    expect(() => readStackInfo(file)).toThrow(/is gone/);
    claimStack(file);
    expect(readFileSync(`${file}.lock`, 'utf8')).toBe(String(process.pid));
    expect(existsSync(file)).toBe(false);
  });
});

describe('the folders of a run', () => {
  it('replace those whose owner is dead, and no others', () => {
    const roots = { temporary: folder, logs: join(folder, 'logs') };
    const mine = createRunDirectories(roots);
    const abandoned = mine.run.replace(`-${process.pid}-`, `-${NOBODY}-`);
    writeFileSync(abandoned, '');
    const foreign = join(folder, `blocklist-run-anothermachine-${NOBODY}-x`);
    writeFileSync(foreign, '');
    const next = createRunDirectories(roots);
    expect(existsSync(mine.run)).toBe(true);
    expect(existsSync(next.run)).toBe(true);
    expect(existsSync(abandoned)).toBe(false);
    expect(existsSync(foreign)).toBe(true);
    expect(next.logs).not.toBe(mine.logs);
  });

  it('distinguish running processes from dead ones', () => {
    expect(isAlive(process.pid)).toBe(true);
    expect(isAlive(1)).toBe(true);
    expect(isAlive(NOBODY)).toBe(false);
  });
});
