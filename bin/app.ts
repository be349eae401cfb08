import { join } from 'node:path';
import { App, Tags, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { BlocklistStack } from '../lib/blocklist-stack.ts';
import { writeCode, writePlaceholders } from '../lib/bundling.ts';
import { runPlainly } from '../lib/plain-error.ts';
import { readConfig } from '../lib/read-config.ts';

await runPlainly(async () => {
  const app = new App();
  const { CDK_DEFAULT_ACCOUNT: account, CDK_DEFAULT_REGION: region } = process.env;
  const directory = join(import.meta.dirname, '..', 'config');
  const config = readConfig({ directory, context: app.node.getAllContext(), region });
  // The assembly gets the code from here, an asset for each function.
  const code = join(app.outdir, 'code');
  // Commands that deploy nothing, such as `cdk list`, say so to the app.
  const bundled: unknown = app.node.tryGetContext('aws:cdk:bundling-stacks');
  if (Array.isArray(bundled) && bundled.length === 0) writePlaceholders(code);
  else await writeCode(code);

  new BlocklistStack(app, `Blocklist-${config.stage}`, {
    config,
    code,
    // Only bin/deploy.ts sets this.
    isFirstDeploy: app.node.tryGetContext('firstDeploy') === 'true',
    env: { ...(account !== undefined && { account }), ...(region !== undefined && { region }) },
  });
  Tags.of(app).add('service', 'blocklist');
  Tags.of(app).add('stage', config.stage);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
});
