import { Logger } from '@aws-lambda-powertools/logger';
import { describe, expect, test } from 'vitest';
import { findLeaks } from '../../support/leaks.ts';

describe('the log guard', () => {
  test.each([
    ['a token of Meta', 'refused EAAJB1234abc', 'token'],
    ['a token of Splashify', '{"key":"pk_live_9x8y7z"}', 'token'],
    ['any bearer', 'authorization: Bearer abc.def', 'token'],
    ['digits', '{"user":"16505551234"}', 'phone number'],
    ['E.164', 'blocked +16505551234.', 'phone number'],
    ['spaces and brackets', 'to +1 (650) 555-1234 now', 'phone number'],
    ['dots', '44.7911.123456', 'phone number'],
    ['dashes of typography', '49‑151‑23456789', 'phone number'],
    ['a key of the table', 'USER#919999999999', 'phone number'],
    ['a file name', 'history_16505551234', 'phone number'],
    ['a URL', '/block_users/%2B16505551234/history', 'phone number'],
    ['beside a phone number id', 'AUDIT#106540352242922#16505551234', 'phone number'],
    ['10 digits', 'x 6505551234', 'phone number'],
    ['15 digits', 'x 491512345678901', 'phone number'],
    ['a number in the place of a phone number id', '"phone_number_id":"16505551234"', 'phone number'],
  ])('catches %s', (_, line, kind) => {
    expect(findLeaks(line)).toEqual([expect.objectContaining({ kind })]);
  });

  test.each([
    ['the phone number id of the tests', '"phone_number_id":"106540352242922"'],
    ['another phone number id', '"phone_number_id":"106540352243301"'],
    ['a job id', '106540352242922-01JZ5W8Q6M3N4P5R6S7T8V9WXY'],
    ['a ULID of digits only', '01234567890123456789012345'],
    ['a request id', 'c6af9ac6-7b61-11e6-9a41-446655440000'],
    ['a time', '2026-06-01T10:00:00.123Z and 2026-06-01 10:00:00.123'],
    ['milliseconds of the epoch', '"timestamp":1780308000123'],
    ['an ARN', 'arn:aws:sts::123456789012:assumed-role/support/jo'],
    ['a masked number', '[…34] and [token], Bearer [token]'],
    ['counts and ports', '127.0.0.1:45123 users=64000 ms=1234567'],
    ['a hash', 'sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'],
  ])('lets %s pass', (_, line) => {
    expect(findLeaks(line)).toEqual([]);
  });
});

describe('a test fails that', () => {
  test.fails('logs a number', () => {
    new Logger().info('blocked', { user: '+16505551234' });
  });

  test.fails('writes a token to a stream', () => {
    process.stderr.write('authorization: Bearer EAAJB1234abc\n');
  });

  test.fails('prints a number', () => {
    console.debug('blocked', { deep: { in: { an: { object: '16505551234' } } } });
  });
});
