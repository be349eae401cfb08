import { CloudFormationClient, paginateListStackResources } from '@aws-sdk/client-cloudformation';
import {
  CloudWatchLogsClient,
  paginateFilterLogEvents,
  ResourceNotFoundException,
} from '@aws-sdk/client-cloudwatch-logs';
import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';
import type { AwsAccess } from '../target/access.ts';
import type { Search, Window } from './follow.ts';
import type { FoundLine } from './step.ts';

/** Log groups that are read at a time; an account may ask CloudWatch Logs a few times a second. */
const AT_ONCE = 4;

/** The search over the logs of a stack: its functions and its access log. */
export async function stackLogs(aws: AwsAccess): Promise<{ search: Search; stop(): void }> {
  const { region, credentials, endpoint } = aws;
  const client = new CloudWatchLogsClient({ region, credentials, ...(endpoint === undefined ? {} : { endpoint }) });
  const groups = await logGroupsOf(aws);
  return {
    search: async (text, window) => {
      const waiting = [...groups];
      const lines: FoundLine[] = [];
      const work = async () => {
        for (let group = waiting.shift(); group !== undefined; group = waiting.shift()) {
          lines.push(...(await linesOf(client, group, { text, ...window })));
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));
      return lines;
    },
    stop: () => client.destroy(),
  };
}

async function logGroupsOf({ region, credentials, endpoint, stackName }: AwsAccess): Promise<string[]> {
  const client = new CloudFormationClient({ region, credentials, ...(endpoint === undefined ? {} : { endpoint }) });
  const groups: string[] = [];
  try {
    for await (const page of paginateListStackResources({ client }, { StackName: stackName })) {
      for (const { ResourceType: type, PhysicalResourceId: name } of page.StackResourceSummaries ?? []) {
        // The workflows log no data, so none of their lines has an id of ours but the name of the execution.
        if (type === 'AWS::Logs::LogGroup' && name !== undefined && !name.startsWith('/aws/vendedlogs/'))
          groups.push(name);
      }
    }
    return groups;
  } catch (error) {
    throw refused(error, `The logs of ${stackName} cannot be found`, 'cloudformation:ListStackResources');
  } finally {
    client.destroy();
  }
}

async function linesOf(
  client: CloudWatchLogsClient,
  logGroupName: string,
  { text, from, to }: Window & { readonly text: string },
): Promise<FoundLine[]> {
  const query = { logGroupName, filterPattern: `"${text}"`, startTime: from, endTime: to };
  const lines: FoundLine[] = [];
  try {
    for await (const { events = [] } of paginateFilterLogEvents({ client }, query)) {
      for (const { timestamp = 0, message = '' } of events)
        lines.push({ group: logGroupName, at: timestamp, text: message.trimEnd() });
    }
    return lines;
  } catch (error) {
    // Somebody deleted it.
    if (error instanceof ResourceNotFoundException) return lines;
    throw refused(error, `${logGroupName} cannot be read`, 'logs:FilterLogEvents');
  }
}

function refused(error: unknown, what: string, permission: string): unknown {
  if (error instanceof CliError || !(error instanceof Error)) return error;
  const isDenied = /AccessDenied|not authorized|UnrecognizedClient|expired/i.test(`${error.name} ${error.message}`);
  const hint = isDenied ? `Your AWS credentials need ${permission}` : undefined;
  return new CliError(isDenied ? EXIT.notAuthorized : EXIT.unavailable, `${what}: ${error.message}`, hint);
}
