import { AwsClient } from 'aws4fetch';
import { LocalCloudError } from './local-cloud-error.ts';
import { LOCAL_CREDENTIALS, LOCAL_REGION, requireLoopback } from './loopback.ts';

/** One IAM user of the local AWS. */
export interface IamUser {
  arn: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
}

export interface IamUserOptions {
  name: string;
  /** What it may call: ARNs of `execute-api`, such as `arn:aws:execute-api:*:*:<api id>/<stage>/GET/*`. */
  mayInvoke: readonly string[];
}

/**
 * Makes a user who may call some routes of the API, as the team that owns a calling service does. MiniStack judges it as
 * AWS does, so a test can see a caller refused.
 */
export async function createIamUser(endpoint: string, options: IamUserOptions): Promise<IamUser> {
  const user = await iam(endpoint, { Action: 'CreateUser', UserName: options.name });
  if (options.mayInvoke.length > 0) {
    const allow = { Effect: 'Allow', Action: 'execute-api:Invoke', Resource: options.mayInvoke };
    await iam(endpoint, {
      Action: 'PutUserPolicy',
      UserName: options.name,
      PolicyName: 'invoke',
      PolicyDocument: policy(allow),
    });
  }
  const key = await iam(endpoint, { Action: 'CreateAccessKey', UserName: options.name });
  return {
    arn: first(user, 'Arn'),
    credentials: { accessKeyId: first(key, 'AccessKeyId'), secretAccessKey: first(key, 'SecretAccessKey') },
  };
}

/**
 * Takes an action away from the roles whose names hold `role`, as a mistake in a policy does; gives what gives it back.
 */
export async function denyAction(
  endpoint: string,
  { role, action }: { role: string; action: string },
): Promise<() => Promise<void>> {
  const roles = all(await iam(endpoint, { Action: 'ListRoles', MaxItems: '1000' }), 'RoleName');
  const denied = roles.filter((name) => name.includes(role));
  if (denied.length === 0) throw new LocalCloudError(`No role has ${role} in its name.`);
  const PolicyName = 'denied';
  const PolicyDocument = policy({ Effect: 'Deny', Action: action, Resource: '*' });
  for (const RoleName of denied) await iam(endpoint, { Action: 'PutRolePolicy', RoleName, PolicyName, PolicyDocument });
  return async () => {
    for (const RoleName of denied) await iam(endpoint, { Action: 'DeleteRolePolicy', RoleName, PolicyName });
  };
}

/**
 * Closes the one gap between MiniStack's IAM and AWS's that the stack meets: for a batch of PartiQL statements MiniStack
 * asks for `dynamodb:BatchExecuteStatement`, which AWS does not know; there each statement is judged by
 * `dynamodb:PartiQLInsert`, `PartiQLUpdate` and so on. Whoever is allowed one of those by the stack gets the other here.
 */
export async function allowPartiqlBatches(endpoint: string): Promise<void> {
  const roles = all(await iam(endpoint, { Action: 'ListRoles', MaxItems: '1000' }), 'RoleName');
  await Promise.all(
    roles.map(async (RoleName) => {
      const names = all(await iam(endpoint, { Action: 'ListRolePolicies', RoleName }), 'member');
      const documents = await Promise.all(
        names.map((PolicyName) => iam(endpoint, { Action: 'GetRolePolicy', RoleName, PolicyName })),
      );
      if (!documents.some((document) => decodeURIComponent(document).includes('dynamodb:PartiQL'))) return;
      await iam(endpoint, {
        Action: 'PutRolePolicy',
        RoleName,
        PolicyName: 'ministack-partiql',
        PolicyDocument: policy({ Effect: 'Allow', Action: 'dynamodb:BatchExecuteStatement', Resource: '*' }),
      });
    }),
  );
}

const policy = (statement: object): string => JSON.stringify({ Version: '2012-10-17', Statement: [statement] });

/** One call of IAM's Query API; gives its XML. */
async function iam(endpoint: string, parameters: { Action: string; [name: string]: string }): Promise<string> {
  const client = new AwsClient({ ...LOCAL_CREDENTIALS, region: LOCAL_REGION, service: 'iam', retries: 0 });
  const answer = await client.fetch(`${requireLoopback(endpoint, 'The AWS endpoint').origin}/`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ Version: '2010-05-08', ...parameters }).toString(),
  });
  const xml = await answer.text();
  if (!answer.ok) throw new LocalCloudError(`IAM refused ${parameters.Action}: ${xml}`);
  return xml;
}

/** The texts of all elements of this name that hold nothing but text. */
function all(xml: string, element: string): string[] {
  return [...xml.matchAll(new RegExp(`<${element}>([^<]*)</${element}>`, 'g'))].map((match) => match[1] ?? '');
}

function first(xml: string, element: string): string {
  const [text] = all(xml, element);
  if (text === undefined) throw new LocalCloudError(`IAM's answer has no ${element}.`);
  return text;
}
