import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Tags } from 'aws-cdk-lib';
import project from '../../cdk.json' with { type: 'json' };
import { BlocklistStack } from '../../lib/blocklist-stack.ts';
import { writePlaceholders } from '../../lib/bundling.ts';
import { parseConfig } from '../../lib/config.ts';
import { CONFIGURATIONS, type Configuration, ENVIRONMENT } from './configurations.ts';

/** Folder that holds a run of the tests: assemblies, and placeholders for the code. */
export function makeFolder(): { folder: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'blocklist-template-'));
  writePlaceholders(join(folder, 'code'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export interface BuildOptions {
  readonly isFirstDeploy?: boolean;
  readonly validate?: boolean;
  /** Settings over those of the configuration. */
  readonly more?: object;
}

/**
 * The stack of a configuration, with the flags of `cdk.json`. The template is compared with the rules of CloudFormation
 * only when that is asked for, which is slow.
 */
export function buildStack(
  folder: string,
  configuration: Configuration,
  { isFirstDeploy = false, validate = false, more = {} }: BuildOptions = {},
) {
  const outdir = join(folder, [configuration, isFirstDeploy, validate, ...Object.keys(more)].join('-'));
  const app = new App({ outdir, builtinCloudFormationValidation: validate, context: project.context });
  const { stage, ...settings } = CONFIGURATIONS[configuration];
  const config = parseConfig(
    stage,
    [
      { from: '', settings },
      { from: '', settings: more },
    ],
    ENVIRONMENT.region,
  );
  const code = join(folder, 'code');
  const stack = new BlocklistStack(app, `Blocklist-${config.stage}`, { config, code, isFirstDeploy, env: ENVIRONMENT });
  Tags.of(app).add('service', 'blocklist');
  return { app, outdir, artifact: app.synth().getStackArtifact(stack.artifactId) };
}
