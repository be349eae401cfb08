import { AwsClient } from 'aws4fetch';
import { z } from 'zod';
import { LOCAL_CREDENTIALS } from '../../../local/cloud/loopback.ts';
import { place } from './place.ts';

const urls = z.object({ QueueUrls: z.array(z.string()).optional() });
const received = z.object({ Messages: z.array(z.object({ Body: z.string() })).optional() });

/** The bodies of all messages that wait in queues of the local cloud: the dead letters of schedules. */
export async function queuedMessages(): Promise<{ queues: number; bodies: string[] }> {
  const { endpoint, region } = place.stack;
  const client = new AwsClient({ ...LOCAL_CREDENTIALS, region, service: 'sqs' });
  const ask = async (action: string, body: object): Promise<unknown> => {
    const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `AmazonSQS.${action}` };
    const answer = await client.fetch(endpoint, { method: 'POST', headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${action} answered ${answer.status}: ${await answer.text()}`);
    return answer.json();
  };
  const { QueueUrls: queues = [] } = urls.parse(await ask('ListQueues', {}));
  const bodies: string[] = [];
  for (const QueueUrl of queues) {
    const { Messages = [] } = received.parse(
      await ask('ReceiveMessage', { QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 0 }),
    );
    bodies.push(...Messages.map(({ Body }) => Body));
  }
  return { queues: queues.length, bodies };
}
