import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import * as z from 'zod';

const started = z.looseObject({ input: z.string() });

export interface AwsStub {
  readonly url: string;
  /** The inputs of the executions that were started and not taken yet, oldest first. */
  readonly executions: unknown[];
  readonly secretReads: number;
  stop(): Promise<void>;
}

/**
 * The two calls to AWS that a request makes besides DynamoDB: the secret, and the start of a workflow, which is only
 * recorded.
 */
export async function startAwsStub(secretString: string): Promise<AwsStub> {
  const executions: unknown[] = [];
  let secretReads = 0;
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const target = String(request.headers['x-amz-target']);
    response.setHeader('Content-Type', 'application/x-amz-json-1.1');
    if (target.endsWith('.GetSecretValue')) {
      secretReads += 1;
      response.end(JSON.stringify({ ARN: 'arn:secret', Name: 'secret', SecretString: secretString }));
    } else if (target.endsWith('.StartExecution')) {
      executions.push(JSON.parse(started.parse(JSON.parse(body)).input));
      response.end(JSON.stringify({ executionArn: 'arn:execution', startDate: Date.now() / 1000 }));
    } else {
      response.statusCode = 400;
      response.end(JSON.stringify({ __type: 'UnknownOperationException', message: target }));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    executions,
    get secretReads() {
      return secretReads;
    },
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
