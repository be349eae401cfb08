import { join } from 'node:path';
import { App, Tags, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { BlocklistStack } from '../lib/blocklist-stack.ts';
import { runPlainly } from '../lib/plain-error.ts';
import { readConfig } from '../lib/read-config.ts';

await runPlainly(() => {
  const app = new App();
  const { CDK_DEFAULT_ACCOUNT: account, CDK_DEFAULT_REGION: region } = process.env;
  const directory = join(import.meta.dirname, '..', 'config');
  const config = readConfig({ directory, context: app.node.getAllContext(), region });

  new BlocklistStack(app, `Blocklist-${config.stage}`, {
    config,
    // Said by bin/deploy.ts, and by nobody else.
    isFirstDeploy: app.node.tryGetContext('firstDeploy') === 'true',
    env: { ...(account !== undefined && { account }), ...(region !== undefined && { region }) },
  });
  Tags.of(app).add('service', 'blocklist');
  Tags.of(app).add('stage', config.stage);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
});
