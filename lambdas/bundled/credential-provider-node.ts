/**
 * In bundles, replaces the SDK's chain of credential providers (profiles, SSO, instance metadata and others, 120 KB). Lambda
 * gives a function its credentials in the environment, for as long as its container lives. See `lib/bundling.ts`.
 */
export function defaultProvider() {
  let read: Promise<Credentials> | undefined;
  return () => {
    // Called with each call to AWS.
    read ??= readCredentials();
    return read;
  };
}

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

async function readCredentials(): Promise<Credentials> {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env;
  if (!AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY) throw new Error('No credentials are in the environment');
  return {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    ...(AWS_SESSION_TOKEN ? { sessionToken: AWS_SESSION_TOKEN } : {}),
  };
}
