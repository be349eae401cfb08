/** Vitest global setup of the integration level: one MiniStack for all its files; each file makes tables of its own. */
import type {} from 'vitest';
import type { TestProject } from 'vitest/node';
import { startMiniStack } from '../../local/cloud/ministack.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** `http://127.0.0.1:<port>` of a DynamoDB that takes any credentials and the region us-east-1. */
    dynamodbEndpoint: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const ministack = await startMiniStack({ log: (line) => process.stderr.write(`${line}\n`) });
  project.provide('dynamodbEndpoint', ministack.endpoint);
  return () => ministack.stop();
}
