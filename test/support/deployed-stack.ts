/** Vitest global setup of the e2e level: one really deployed stack for all its files. */
import type {} from 'vitest';
import type { TestProject } from 'vitest/node';
import { startLocalStack } from '../../local/cloud/local-stack.ts';
import type { StackInfo } from '../../local/cloud/stack-info.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where the deployed stack is; `callApi(inject('stack'), …)` calls it. */
    stack: StackInfo;
    /** Base URL of the Graph simulator; its control API is under `/_simulator`. */
    simulatorUrl: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const stack = await startLocalStack({
    // A Wait lasts as long as Graph says, up to minutes; the tests are not about that.
    waitScale: 0,
    context: { 'graph.timeoutSeconds': '3' },
    log: (line) => process.stderr.write(`${line}\n`),
  });
  project.provide('stack', stack.info);
  project.provide('simulatorUrl', stack.info.graphUrl);
  return () => stack.stop();
}
