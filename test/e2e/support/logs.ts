import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CloudWatchLogsClient,
  paginateDescribeLogGroups,
  paginateFilterLogEvents,
} from '@aws-sdk/client-cloudwatch-logs';
import { asSeen } from '../../../lambdas/core/users/characters.ts';
import { LOCAL_CREDENTIALS } from '../../../local/cloud/loopback.ts';
import { findLeaks } from '../../support/leaks.ts';
import { place } from './place.ts';

export interface LogLine {
  /** Log group or file. */
  readonly from: string;
  readonly text: string;
}

/**
 * What the functions whose log group has `part` in its name have logged so far, as CloudWatch Logs has it. MiniStack keeps a stream
 * for each call, so this is slow for a function that was called often; the file has the same lines at once.
 */
export async function linesOfGroups(part: string): Promise<LogLine[]> {
  const { endpoint, region } = place.stack;
  const client = new CloudWatchLogsClient({ endpoint, region, credentials: LOCAL_CREDENTIALS });
  const lines: LogLine[] = [];
  try {
    for await (const { logGroups } of paginateDescribeLogGroups({ client }, {})) {
      for (const { logGroupName = '' } of logGroups ?? []) {
        if (!logGroupName.includes(part)) continue;
        for await (const { events } of paginateFilterLogEvents({ client }, { logGroupName })) {
          for (const { message = '' } of events ?? []) lines.push({ from: logGroupName, text: message.trimEnd() });
        }
      }
    }
    return lines;
  } finally {
    client.destroy();
  }
}

/** How many attempts over chunks of a job have ended with the wish to come again. */
export function attemptsToRepeat(jobId: string): number {
  const lines = functionLines(fileLines());
  return lines.filter(({ text }) => text.includes(`"job_id":"${jobId}"`) && text.includes('"result":"requeue"')).length;
}

/** Everything that the stack has written to its log files so far, oldest first in each of them. */
export function fileLines(): LogLine[] {
  const folder = place.stack.logs;
  return readdirSync(folder).flatMap((name) =>
    readFileSync(join(folder, name), 'utf8')
      .split('\n')
      .flatMap((text) => (text === '' ? [] : { from: name, text })),
  );
}

/** What functions wrote, among lines of files, as they wrote it: the file puts a time and a name before each. */
export function functionLines(lines: readonly LogLine[]): LogLine[] {
  return lines.flatMap(({ from, text }) => {
    const [, written] = /^\S+Z \S+ (.*)$/.exec(text) ?? [];
    return from === 'functions.log' && written !== undefined ? [{ from, text: written }] : [];
  });
}

/**
 * Everything that no line may have, as `<where>: <what>`: a token, anything that reads as a phone number, and, in any place,
 * a user of the run; also inside encoded text, such as a cursor.
 */
export function leaksIn(lines: readonly LogLine[], users: ReadonlySet<string>): string[] {
  return lines.flatMap(({ from, text }) => {
    const found = new Set(findLeaks(text).map((leak) => `${leak.kind} ${leak.text}`));
    for (const view of [text, plain(text), ...decoded(text)]) {
      for (const [word] of view.matchAll(SPELLED)) {
        const user = /^\+?\d/.test(word) ? word.replaceAll(/\D/g, '') : word.toUpperCase();
        if (users.has(user)) found.add(`user ${user}`);
      }
    }
    return [...found].map((what) => `${from}: ${what}`);
  });
}

/** A number in any spelling, and a business-scoped id in either case. */
const SPELLED = /\d(?:[ ().\-/[\]{}]{0,8}\d){6,}|[A-Z]{2}\.[A-Z0-9.]+/gi;

/** Without escapes of JSON and URLs, and as it looks. */
function plain(text: string): string {
  return asSeen(
    text
      .replaceAll(/\\+u([0-9a-f]{4})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
      .replaceAll(/\\+[bfnrt]/g, ' ; ')
      .replaceAll(/%([0-7][0-9a-f])/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
  );
}

/** What could be Base64 in a text, as text. */
function decoded(text: string): string[] {
  return [...text.matchAll(/[A-Za-z0-9+/_-]{12,}/g)].map(([word]) => Buffer.from(word, 'base64url').toString('latin1'));
}
