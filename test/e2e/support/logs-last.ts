import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Runs the test that reads the logs of the whole run after everything that may write to them. */
export class LogsLast extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLast = ({ moduleId }: TestSpecification) => moduleId.endsWith('/test/e2e/logs.test.ts');
    return [...sorted.filter((file) => !isLast(file)), ...sorted.filter(isLast)];
  }
}
