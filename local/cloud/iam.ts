import { AwsClient } from 'aws4fetch';
import { PlainError } from '../../lib/plain-error.ts';
import { LOCAL_CREDENTIALS, LOCAL_REGION, requireLoopback } from './loopback.ts';

/** A caller with credentials. */
export interface Caller {
  arn: string;
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
}

export interface CallerOptions {
  name: string;
  /** ARNs of managed policies: what the stack offers to callers. */
  policies?: readonly string[];
  /** A policy of its own, as JSON. */
  policy?: string;
}

/** Makes a user, as the team that owns a calling service does. MiniStack judges it as AWS does. */
export async function createUser(endpoint: string, { name, policies = [], policy }: CallerOptions): Promise<Caller> {
  const user = await iam(endpoint, { Action: 'CreateUser', UserName: name });
  for (const PolicyArn of policies) await iam(endpoint, { Action: 'AttachUserPolicy', UserName: name, PolicyArn });
  if (policy !== undefined) {
    const own = { PolicyName: 'own', PolicyDocument: policy };
    await iam(endpoint, { Action: 'PutUserPolicy', UserName: name, ...own });
  }
  const key = await iam(endpoint, { Action: 'CreateAccessKey', UserName: name });
  return {
    arn: first(user, 'Arn'),
    credentials: { accessKeyId: first(key, 'AccessKeyId'), secretAccessKey: first(key, 'SecretAccessKey') },
  };
}

/** Makes a role, and a session of it, as a service that runs on AWS calls. */
export async function createSession(endpoint: string, { name, policies = [] }: CallerOptions): Promise<Caller> {
  const trust = { Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' };
  const role = { Action: 'CreateRole', RoleName: name, Path: '/team/', AssumeRolePolicyDocument: policyOf(trust) };
  const RoleArn = first(await iam(endpoint, role), 'Arn');
  for (const PolicyArn of policies) await iam(endpoint, { Action: 'AttachRolePolicy', RoleName: name, PolicyArn });
  const assume = { Action: 'AssumeRole', RoleArn, RoleSessionName: 'jo', Version: '2011-06-15' };
  const session = await iam(endpoint, assume, 'sts');
  return {
    arn: first(session, 'Arn'),
    credentials: {
      accessKeyId: first(session, 'AccessKeyId'),
      secretAccessKey: first(session, 'SecretAccessKey'),
      sessionToken: first(session, 'SessionToken'),
    },
  };
}

/**
 * Denies an action to the roles whose names contain `role`, as a mistake in a policy would. Gives a function that undoes it.
 */
export async function denyAction(
  endpoint: string,
  { role, action }: { role: string; action: string },
): Promise<() => Promise<void>> {
  const roles = all(await iam(endpoint, { Action: 'ListRoles', MaxItems: '1000' }), 'RoleName');
  const denied = roles.filter((name) => name.includes(role));
  if (denied.length === 0) throw new PlainError(`No role has ${role} in its name.`);
  const PolicyName = 'denied';
  const PolicyDocument = policyOf({ Effect: 'Deny', Action: action, Resource: '*' });
  for (const RoleName of denied) await iam(endpoint, { Action: 'PutRolePolicy', RoleName, PolicyName, PolicyDocument });
  return async () => {
    for (const RoleName of denied) await iam(endpoint, { Action: 'DeleteRolePolicy', RoleName, PolicyName });
  };
}

/**
 * Closes the one gap between MiniStack's IAM and AWS's that affects the stack. For a batch of PartiQL statements, MiniStack
 * asks for `dynamodb:BatchExecuteStatement`, which AWS does not know. AWS checks each statement for `dynamodb:PartiQLInsert`,
 * `PartiQLUpdate` and so on. A role that has one of those gets the other here.
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
        PolicyDocument: policyOf({ Effect: 'Allow', Action: 'dynamodb:BatchExecuteStatement', Resource: '*' }),
      });
    }),
  );
}

const policyOf = (statement: object): string => JSON.stringify({ Version: '2012-10-17', Statement: [statement] });

/** One call of the Query API of IAM or STS; gives its XML. */
async function iam(
  endpoint: string,
  parameters: { Action: string; [name: string]: string },
  service: 'iam' | 'sts' = 'iam',
): Promise<string> {
  const client = new AwsClient({ ...LOCAL_CREDENTIALS, region: LOCAL_REGION, service, retries: 0 });
  const answer = await client.fetch(`${requireLoopback(endpoint, 'The AWS endpoint').origin}/`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ Version: '2010-05-08', ...parameters }).toString(),
  });
  const xml = await answer.text();
  if (!answer.ok) throw new PlainError(`IAM refused ${parameters.Action}: ${xml}`);
  return xml;
}

/** The texts of all elements of this name that have only text. */
function all(xml: string, element: string): string[] {
  return [...xml.matchAll(new RegExp(`<${element}>([^<]*)</${element}>`, 'g'))].map((match) => match[1] ?? '');
}

function first(xml: string, element: string): string {
  const [text] = all(xml, element);
  if (text === undefined) throw new PlainError(`IAM's answer has no ${element}.`);
  return text;
}
