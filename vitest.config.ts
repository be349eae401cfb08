import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.ts';

/**
 * Files at a time, of all levels but e2e. Vitest would leave a core to itself, which on two cores is half of them; and some
 * tests wait, for the pauses between repeats or for another process, while others can use the core.
 */
const maxWorkers = Math.ceil(availableParallelism() * 1.5);

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          setupFiles: ['test/support/log-guard.ts'],
          // For a machine that does much else: none of them takes a second by itself.
          testTimeout: 20_000,
          maxWorkers,
        },
      },
      { test: { name: 'model', include: ['test/model/**/*.test.ts'], testTimeout: 600_000, maxWorkers } },
      {
        test: {
          name: 'template',
          include: ['test/template/**/*.test.ts'],
          globalSetup: ['test/support/synthesised-templates.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          maxWorkers,
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
          maxWorkers,
        },
      },
      // Pages of the console in the Chromium of this machine, on a service of the test.
      {
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          // What a page does after a click may take a while on a busy machine.
          expect: { poll: { timeout: 20_000 } },
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/support/deployed-stack.ts'],
          setupFiles: ['test/e2e/support/log-guard.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          // As many stacks are deployed. After the others: they wait for nothing, and would keep these from it.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
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
