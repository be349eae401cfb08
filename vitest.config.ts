import { defineConfig } from 'vitest/config';
import { LogsLast } from './test/e2e/support/logs-last.ts';

export default defineConfig({
  test: {
    sequence: { sequencer: LogsLast },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          setupFiles: ['test/support/log-guard.ts'],
          // For a machine that does much else: none of them takes a second by itself.
          testTimeout: 20_000,
        },
      },
      { test: { name: 'model', include: ['test/model/**/*.test.ts'], testTimeout: 600_000 } },
      {
        test: {
          name: 'template',
          include: ['test/template/**/*.test.ts'],
          globalSetup: ['test/support/synthesised-templates.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          globalSetup: ['test/support/local-dynamodb.ts'],
          setupFiles: ['test/support/log-guard.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/support/deployed-stack.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'scale',
          include: ['test/scale/**/*.test.ts'],
          globalSetup: ['test/support/deployed-stack.ts'],
          testTimeout: 900_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
