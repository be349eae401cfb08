/**
 * Vitest global setup of the e2e level: really deployed stacks, one for each of the files that run side by side, so that a
 * file may do to its stack what it likes. A stack is deployed when no other is free for a file (`e2e/support/place.ts`).
 * Vitest's number of a worker would not do: two files may have the same one for a moment after a group of files has ended.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type {} from 'vitest';
import type { TestProject } from 'vitest/node';
import { startLocalStack } from '../../local/cloud/local-stack.ts';
import { startGraphSimulator } from '../../local/graph-simulator/server.ts';
import { CALLER_NUMBERS } from '../e2e/support/callers.ts';
import { startLine } from '../e2e/support/line.ts';
import type { Place } from '../e2e/support/place.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Lends a stack to who asks: the answer is a line of JSON, a `Place`. The stack is lent until that connection is closed. */
    placesUrl: string;
  }
}

interface Running {
  readonly place: Place;
  stop(): Promise<void>;
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const all: Promise<Running>[] = [];
  /** Those that nobody has, and who waits for one: at most one of the two lists has any. */
  const idle: Running[] = [];
  const waiting: PromiseWithResolvers<Running>[] = [];
  const most = project.config.maxWorkers;

  async function borrow(): Promise<Running> {
    const one = idle.pop();
    if (one !== undefined) return one;
    if (all.length >= most) {
      const next = Promise.withResolvers<Running>();
      waiting.push(next);
      return next.promise;
    }
    const started = start();
    all.push(started);
    try {
      return await started;
    } catch (error) {
      // Who waits would wait for ever: they try for themselves.
      all.splice(all.indexOf(started), 1);
      const next = waiting.shift();
      if (next !== undefined) borrow().then(next.resolve, next.reject);
      throw error;
    }
  }
  function giveBack(one: Running): void {
    const next = waiting.shift();
    if (next === undefined) idle.push(one);
    else next.resolve(one);
  }

  const server = createServer(async (_, response) => {
    try {
      const one = await borrow();
      const back = () => giveBack(one);
      if (response.destroyed) back();
      else {
        response.once('close', back);
        response.write(`${JSON.stringify(one.place)}\n`);
      }
    } catch (error) {
      response.writeHead(500).end(String(error));
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server of the stacks has no port');
  project.provide('placesUrl', `http://127.0.0.1:${address.port}`);
  return async () => {
    server.close();
    server.closeAllConnections();
    // One that did not come up has taken itself down.
    const up = await Promise.allSettled(all);
    await Promise.all(up.map(async (one) => (one.status === 'fulfilled' ? one.value.stop() : undefined)));
  };
}

async function start(): Promise<Running> {
  // Each text of Graph names the user, so that the check of the logs finds where its texts go.
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
    return {
      place: { stack: stack.info, simulatorUrl: simulator.url, lineControlUrl: line.controlUrl },
      async stop() {
        await stack.stop();
        await hangUp();
      },
    };
  } catch (error) {
    await hangUp();
    throw error;
  }
}
