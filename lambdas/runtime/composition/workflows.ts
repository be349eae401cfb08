import { SFNClient } from '@aws-sdk/client-sfn';
import { StepFunctionsReconciliations, StepFunctionsWorkflow } from '../../adapters/workflow/step-functions.ts';
import { env } from '../env.ts';
import { AWS_CLIENT } from './aws-client.ts';
import { lazily } from './lazily.ts';

const stepFunctions = lazily(() => new SFNClient(AWS_CLIENT));
export const workflow = lazily(
  () => new StepFunctionsWorkflow(stepFunctions(), env('stateMachineArn'), env('jobLanes')),
);
export const reconciliations = lazily(
  () => new StepFunctionsReconciliations(stepFunctions(), env('reconciliationArn')),
);
