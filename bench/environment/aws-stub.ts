import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import * as z from 'zod';

const started = z.looseObject({ input: z.string() });
const published = z.looseObject({ Entries: z.array(z.unknown()) });

/** The calls to AWS besides DynamoDB: the secret, the start of a workflow, which is only recorded, and events, which are taken. */
export async function startAwsStub(secretString: string) {
  /** The inputs of the executions that were started and not taken yet, oldest first. */
  const executions: unknown[] = [];
  let secretReads = 0;
  const server = createServer(async (request, response) => {
    const target = String(request.headers['x-amz-target']);
    const input = await json(request);
    response.setHeader('Content-Type', 'application/x-amz-json-1.1');
    if (target.endsWith('.GetSecretValue')) {
      secretReads += 1;
      response.end(JSON.stringify({ ARN: 'arn:secret', Name: 'secret', SecretString: secretString }));
    } else if (target.endsWith('.StartExecution')) {
      executions.push(JSON.parse(started.parse(input).input));
      response.end(JSON.stringify({ executionArn: 'arn:execution', startDate: Date.now() / 1000 }));
    } else if (target.endsWith('.PutEvents')) {
      const taken = published.parse(input).Entries.map((_, index) => ({ EventId: String(index) }));
      response.end(JSON.stringify({ FailedEntryCount: 0, Entries: taken }));
    } else {
      response.writeHead(400).end(JSON.stringify({ __type: 'UnknownOperationException', message: target }));
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    executions,
    secretReads: () => secretReads,
    async stop(): Promise<void> {
      server.closeAllConnections();
      server.close();
    },
  };
}
