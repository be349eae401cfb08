import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Each takes longer than most others of its level together: begun last, it would run alone. */
const LONGEST = [
  'template/cfn-lint',
  'model/model',
  // These look at every number of a stack, so they take less time while it has few.
  'e2e/console',
  'e2e/one-user',
  'e2e/scheduled-actions',
  'e2e/full-list',
  'e2e/job-control',
  'e2e/outages',
  'e2e/reconciliation',
  'e2e/held-to-document',
].map((name) => `/test/${name}.test.ts`);

/** Vitest knows how long a file takes only once it has run here; on a new checkout it would go by the size of the files. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const index = LONGEST.findIndex((name) => moduleId.endsWith(name));
      return index < 0 ? LONGEST.length : index;
    };
    // A stable sort: groups and projects stay in the order that they have.
    return (await super.sort(files)).toSorted((one, other) => rank(one) - rank(other));
  }
}
