import { describe, expect, test } from 'vitest';
import { mask } from '../../../lambdas/runtime/mask.ts';
import { findLeaks } from '../../support/leaks.ts';

describe('what is logged', () => {
  test.each([
    ['a number', 'No user 16505551234 here', 'No user […34] here'],
    ['E.164', '"+16505551234"', '"[…34]"'],
    ['spaces and brackets', 'to +1 (650) 555-1234.', 'to […34].'],
    ['dots', '44.7911.123456', '[…56]'],
    ['typographic dashes', '49‑151‑23456789', '[…89]'],
    ['a URL', '/block_users/%2B16505551234/history', '/block_users/[…34]/history'],
    ['a dash in front', 'tel-16505551234', 'tel-[…34]'],
    ['a dash behind', '16505551234-x', '[…34]-x'],
    ['several', '16505551234,14155559876', '[…34],[…76]'],
    ['a shorter number', 'user 2901234', 'user […34]'],
    ['a key of the mirror', '{"sk":"USER#16505551234"}', '{"sk":"USER#[user]"}'],
    ['a user id in a key', '{"sk":"USER#US.134912"}', '{"sk":"USER#[user]"}'],
    ['a key of the history', 'AUDIT#106540352242922#US.134912 is', 'AUDIT#[…22]#[user] is'],
    ["Meta's token", 'token EAAJB-x_9yz is bad', 'token [token] is bad'],
    ["Splashify's token", '"pk_live_9x8y"', '"[token]"'],
    [
      'a token of no known kind in a URL',
      'GET /debug_token?input_token=12%7Cab&x=1',
      'GET /debug_token?input_token=[token]&x=1',
    ],
    ['a number where an id should be', 'phone number id +16505551234', 'phone number id +[…34]'],
    ['a number behind an id', 'phone number id 106540352242922, 16505551234', 'phone number id 106540352242922, […34]'],
    ['a header', 'authorization: Bearer abc.def, next', 'authorization: [token] next'],
  ])('has no whole user and no token: %s', (_, text, masked) => {
    expect(mask(text)).toBe(masked);
    expect(findLeaks(mask(text))).toEqual([]);
  });

  test.each([
    'An answer of 64000 users took 1234 ms',
    'The token of phone number id 106540352242922, phone number id 106540352242923 ends at 2026-11-08T12:00:00.000Z.',
    "--secret-id 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:WhatsAppToken-AbCdEf'",
    'Job 106540352242922-01JZ5W8Q6M3N4P5R6S7T8V9WXY is missing',
    'ConditionalCheckFailedException: The conditional request failed',
    'at handler (/var/task/process-chunk.mjs:1234:56)',
    '139103',
    '',
  ])('stays readable: %j', (text) => {
    expect(mask(text)).toBe(text);
  });

  test('of a megabyte is masked quickly', () => {
    const started = performance.now();
    mask('1 '.repeat(500_000));
    mask('1-('.repeat(300_000));
    mask('Bearer '.repeat(100_000));
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});
