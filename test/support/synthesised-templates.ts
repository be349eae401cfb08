/** Vitest global setup of the template level: every configuration is synthesised once, for all its files. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type {} from 'vitest';
import type { TestProject } from 'vitest/node';
import { buildStack, makeFolder } from '../template/build-stack.ts';
import { ALL_CONFIGURATIONS, FIRST_DEPLOYS, fileOf } from '../template/configurations.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Folder of the templates; `synthesize` reads them. */
    templates: string;
  }
}

export default function setup(project: TestProject): () => void {
  const { folder, remove } = makeFolder();
  for (const configuration of ALL_CONFIGURATIONS) {
    for (const isFirstDeploy of FIRST_DEPLOYS.includes(configuration) ? [false, true] : [false]) {
      const { artifact } = buildStack(folder, configuration, { isFirstDeploy });
      const { template: json, terminationProtection } = artifact;
      writeFileSync(
        join(folder, fileOf(configuration, isFirstDeploy)),
        JSON.stringify({ json, terminationProtection }),
      );
    }
  }
  project.provide('templates', folder);
  return remove;
}
