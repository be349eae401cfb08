import http from 'node:http';
import { onTestFinished } from 'vitest';

/** What a service of AWS answers: a success, or an error by its name. */
export type AwsAnswer = { readonly body: unknown } | { readonly error: string; readonly message?: string };

export interface AwsRequest {
  /** For example `secretsmanager.GetSecretValue`. */
  readonly target: string | undefined;
  readonly input: unknown;
}

/**
 * A real HTTP server that speaks the JSON protocol of AWS and answers what a test says. The options make a real client of
 * the SDK talk to it, once for each call.
 */
export async function cannedAws(answer: (request: AwsRequest) => AwsAnswer | Promise<AwsAnswer>) {
  const received: AwsRequest[] = [];
  const server = http.createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const target = request.headers['x-amz-target'];
    const one = {
      target: typeof target === 'string' ? target : undefined,
      input: JSON.parse(Buffer.concat(parts).toString('utf8')),
    };
    received.push(one);
    const said = await answer(one);
    const failed = 'error' in said;
    response.writeHead(failed ? 400 : 200, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(JSON.stringify(failed ? { __type: said.error, message: said.message ?? said.error } : said.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port');
  const options = {
    endpoint: `http://127.0.0.1:${address.port}`,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  };
  return { received, options };
}
