import { join } from 'node:path';
import { App, Tags, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { BlocklistStack } from '../lib/blocklist-stack.ts';
import { readConfig } from '../lib/read-config.ts';

const app = new App();
const config = readConfig({ directory: join(import.meta.dirname, '..', 'config'), context: app.node.getAllContext() });
const { CDK_DEFAULT_ACCOUNT: account, CDK_DEFAULT_REGION: region } = process.env;

new BlocklistStack(app, `Blocklist-${config.stage}`, {
  config,
  // Said by bin/deploy.ts, and by nobody else.
  isFirstDeploy: app.node.tryGetContext('firstDeploy') === 'true',
  ...(account !== undefined && region !== undefined && { env: { account, region } }),
});
Tags.of(app).add('service', 'blocklist');
Tags.of(app).add('stage', config.stage);
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
