/** Vitest global setup of the e2e level: one really deployed stack for all its files. */
import type {} from 'vitest';
import type { TestProject } from 'vitest/node';
import { startLocalStack } from '../../local/cloud/local-stack.ts';
import type { StackInfo } from '../../local/cloud/stack-info.ts';
import { startGraphSimulator } from '../../local/graph-simulator/server.ts';
import { CALLER_NUMBERS } from '../e2e/support/callers.ts';
import { startLine } from '../e2e/support/line.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where the deployed stack is; `callApi(inject('stack'), …)` calls it. */
    stack: StackInfo;
    /** Base URL of the Graph simulator; its control API is under `/_simulator`. */
    simulatorUrl: string;
    /** Where the line between the two can be cut. */
    lineControlUrl: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // Whatever Graph says names the user, so that the test of the logs finds where its texts go.
  const simulator = await startGraphSimulator({ messagesQuoteUsers: true });
  const line = await startLine(simulator.url);
  const hangUp = async () => {
    await line.stop();
    await simulator.stop();
  };
  try {
    const stack = await startLocalStack({
      graphUrl: line.url,
      // A Wait lasts as long as Graph says, up to minutes; most tests are not about that.
      waitScale: 0,
      context: {
        'graph.timeoutSeconds': '3',
        // A job is due at once, so that the sweep's next run checks it.
        'schedules.sweep': '1 minute',
        // What is due is tried, or ends, while a test waits for it.
        'schedules.expire': '1 minute',
        'schedules.deferred': '1 minute',
        'jobs.idleMinutes': '0',
        callerNumbers: JSON.stringify(CALLER_NUMBERS),
        // MiniStack has one account; the policy that admits another one must not keep this one out.
        callerAccounts: '["444455556666"]',
      },
      log: (message) => process.stderr.write(`${message}\n`),
    });
    project.provide('stack', stack.info);
    project.provide('simulatorUrl', simulator.url);
    project.provide('lineControlUrl', line.controlUrl);
    return async () => {
      await stack.stop();
      await hangUp();
    };
  } catch (error) {
    await hangUp();
    throw error;
  }
}
