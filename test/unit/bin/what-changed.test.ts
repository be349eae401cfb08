import { expect, it } from 'vitest';
import { readTemplate } from '../../../bin/deploy/template.ts';
import { whatChanged } from '../../../bin/deploy/what-changed.ts';

const fn = (code: string, variables: Record<string, unknown> = {}, more: object = {}) => ({
  Type: 'AWS::Lambda::Function',
  Properties: { Code: { S3Key: code }, Environment: { Variables: variables }, ...more },
});
const template = (Resources: object) => readTemplate(JSON.stringify({ Resources }));

it('names functions by what they are, and a setting once for all functions that have it', () => {
  const before = template({
    FunctionsBlockUsersFunction0A1B2C3D: fn('a', { CHUNK_SIZE: '1000', TABLE: { Ref: 'Table' } }, { MemorySize: 512 }),
    FunctionsHealthFunction0A1B2C3D: fn('a', { CHUNK_SIZE: '1000' }),
    FunctionsSweepFunction0A1B2C3D: fn('a', { CHUNK_SIZE: '1000' }),
    FunctionsGoneFunction0A1B2C3D: fn('a', { CHUNK_SIZE: '1000' }),
    FunctionsOtherFunction0A1B2C3D: fn('a', { CHUNK_SIZE: '1000' }),
    Alarm: { Type: 'AWS::CloudWatch::Alarm', Properties: { Threshold: 1 } },
    Same: { Type: 'AWS::SQS::Queue', Properties: { A: 1, B: [2] } },
  });
  const after = template({
    FunctionsBlockUsersFunction0A1B2C3D: fn(
      'b',
      { CHUNK_SIZE: '500', TABLE: { Ref: 'Restored' } },
      { MemorySize: 1024 },
    ),
    FunctionsHealthFunction0A1B2C3D: fn('a', { CHUNK_SIZE: '500', NEW: 'x'.repeat(100) }),
    FunctionsSweepFunction0A1B2C3D: fn('a', { CHUNK_SIZE: '500' }),
    FunctionsOtherFunction0A1B2C3D: fn('a', { CHUNK_SIZE: '500' }),
    FunctionsNewFunction0A1B2C3D: fn('a'),
    Alarm: { Type: 'AWS::CloudWatch::Alarm', Properties: { Threshold: 2 } },
    Rule: { Type: 'AWS::Events::Rule' },
    Same: { Type: 'AWS::SQS::Queue', Properties: { B: [2], A: 1 } },
  });
  expect(whatChanged(before, after)).toEqual([
    'function BlockUsers: new code, MemorySize 512 → 1024',
    'function Gone: removed',
    'function New: new',
    'setting CHUNK_SIZE: 1000 → 500 (4 functions)',
    'setting TABLE: {"Ref":"Table"} → {"Ref":"Restored"} (BlockUsers)',
    `setting NEW: none → ${'x'.repeat(60)}… (Health)`,
    'CloudWatch::Alarm changed: 1',
    'Events::Rule new: 1',
  ]);
});

it('says nothing if nothing changed', () => {
  const same = template({ FunctionsHealthFunction0A1B2C3D: fn('a', { A: '1' }) });
  expect(whatChanged(same, structuredClone(same))).toEqual([]);
});
