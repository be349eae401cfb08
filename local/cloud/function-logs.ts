import { appendFileSync } from 'node:fs';
import {
  CloudWatchLogsClient,
  GetLogEventsCommand,
  paginateDescribeLogGroups,
  paginateDescribeLogStreams,
} from '@aws-sdk/client-cloudwatch-logs';
import { LOCAL_CREDENTIALS, LOCAL_REGION, requireLoopback } from './loopback.ts';

/** Milliseconds between two looks when following. */
const INTERVAL_MS = 2_000;

export interface FunctionLogsOptions {
  endpoint: string;
  /** Appended to: one line per event, its time and log group first. */
  file: string;
  /** Copies while the stack runs; otherwise once, at the end. */
  follow: boolean;
}

export interface FunctionLogs {
  /** Copies what is left, and ends. Safe to repeat. */
  stop(): Promise<void>;
}

/** Copies what the functions log into a file, since MiniStack's CloudWatch Logs are gone with it. */
export function copyFunctionLogs({ endpoint, file, follow }: FunctionLogsOptions): FunctionLogs {
  const client = new CloudWatchLogsClient({
    endpoint: requireLoopback(endpoint, 'The AWS endpoint').origin,
    region: LOCAL_REGION,
    credentials: LOCAL_CREDENTIALS,
    maxAttempts: 1,
  });
  /** Where each stream was left; MiniStack gives its events no ids to tell them apart by. */
  const positions = new Map<string, string>();

  const copyStream = async (logGroupName: string, logStreamName: string): Promise<void> => {
    const key = `${logGroupName} ${logStreamName}`;
    for (;;) {
      const nextToken = positions.get(key);
      const page = await client.send(
        new GetLogEventsCommand({ logGroupName, logStreamName, startFromHead: true, ...(nextToken && { nextToken }) }),
      );
      const lines = (page.events ?? []).map(
        ({ timestamp = 0, message = '' }) =>
          `${new Date(timestamp).toISOString()} ${logGroupName} ${message.trimEnd()}\n`,
      );
      if (lines.length > 0) appendFileSync(file, lines.join(''));
      if (page.nextForwardToken !== undefined) positions.set(key, page.nextForwardToken);
      // The end of a stream is a token that comes back unchanged.
      if (lines.length === 0 || page.nextForwardToken === nextToken) return;
    }
  };
  const copy = async (): Promise<void> => {
    for await (const { logGroups = [] } of paginateDescribeLogGroups({ client }, {})) {
      for (const { logGroupName } of logGroups) {
        if (logGroupName === undefined) continue;
        for await (const { logStreams = [] } of paginateDescribeLogStreams({ client }, { logGroupName })) {
          for (const { logStreamName } of logStreams) {
            if (logStreamName !== undefined) await copyStream(logGroupName, logStreamName);
          }
        }
      }
    }
  };

  let copying: Promise<void> = Promise.resolve();
  const next = (): Promise<void> => {
    // What fails now is made up for by the next one; at the end MiniStack may be gone already.
    copying = copying.then(copy).catch(() => {});
    return copying;
  };
  const timer = follow ? setInterval(next, INTERVAL_MS) : undefined;
  timer?.unref();
  let stopped: Promise<void> | undefined;
  return {
    stop() {
      clearInterval(timer);
      stopped ??= next().finally(() => client.destroy());
      return stopped;
    },
  };
}
