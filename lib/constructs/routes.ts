import { type IResource, LambdaIntegration, type RestApi } from 'aws-cdk-lib/aws-apigateway';
import type { API_HANDLERS } from '../../lambdas/contract.ts';
import type { BlocklistFunction } from './blocklist-function.ts';

export type ApiFunctions = Readonly<Record<keyof typeof API_HANDLERS, BlocklistFunction>>;

/**
 * The routes of `api.md`. API Gateway allows one variable name per level, so `{version}` is also where the phone number id
 * stands in the form without a version; the handlers tell them apart by whether `phoneNumberId` is there. A fixed part
 * wins over a variable beside it: `block_users/lookup` is no user, and neither number nor version is called `jobs`.
 */
export function addRoutes(api: RestApi, functions: ApiFunctions): void {
  const version = api.root.addResource('{version}');
  addNumber(version, functions);
  addNumber(version.addResource('{phoneNumberId}'), functions);
  addJobs(api.root.addResource('jobs'), functions);
  route(api.root.addResource('webhooks').addResource('whatsapp'), 'POST', functions.receiveWebhook);
  route(api.root.addResource('health'), 'GET', functions.health);
}

function addNumber(number: IResource, functions: ApiFunctions): void {
  const list = number.addResource('block_users');
  route(list, 'GET', functions.listBlockedUsers);
  route(list, 'POST', functions.blockUsers);
  route(list, 'DELETE', functions.unblockUsers);
  route(list.addResource('lookup'), 'POST', functions.lookupUsers);
  const user = list.addResource('{user}');
  route(user, 'GET', functions.getBlockedUser);
  route(user.addResource('history'), 'GET', functions.getUserHistory);
  const blocklist = number.addResource('blocklist');
  route(blocklist, 'GET', functions.getBlocklist);
  route(blocklist.addResource('reconcile'), 'POST', functions.startReconciliation);
  route(number.addResource('operations'), 'GET', functions.listOperations);
}

function addJobs(jobs: IResource, functions: ApiFunctions): void {
  route(jobs, 'GET', functions.listJobs);
  route(jobs, 'POST', functions.createJobs);
  const job = jobs.addResource('{id}');
  route(job, 'GET', functions.getJob);
  route(job.addResource('users'), 'GET', functions.listJobUsers);
  route(job.addResource('cancel'), 'POST', functions.cancelJob);
  route(job.addResource('retry'), 'POST', functions.retryJob);
}

function route(resource: IResource, method: 'GET' | 'POST' | 'DELETE', fn: BlocklistFunction): void {
  // No permission for the console's test button: it would call the function without a caller's signature.
  resource.addMethod(method, new LambdaIntegration(fn.lambda, { allowTestInvoke: false }));
}
