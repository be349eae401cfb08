import { DUMMY_CREDENTIALS, LOCAL_REGION } from './loopback.ts';
import type { StackInfo } from './stack-info.ts';

export interface CurlExample {
  title: string;
  /** A shell command that stands alone; the ones for a job need `$JOB`, which an earlier one sets. */
  command: string;
}

/** A number of the simulator, a user of it, and what blocks that user. */
const NUMBER = '106540352242922';
const LIST = `/v25.0/${NUMBER}/block_users`;
const USER = '%2B16505551234';
const BLOCK = { messaging_product: 'whatsapp', block_users: [{ user: '+16505551234' }], reason: 'spam' };
const UNBLOCK = { messaging_product: 'whatsapp', block_users: [{ user: '+16505551234' }] };

/** One signed call for each route of the API, to paste into a shell. */
export function curlExamples({ apiUrl }: Pick<StackInfo, 'apiUrl'>): readonly CurlExample[] {
  const { accessKeyId, secretAccessKey } = DUMMY_CREDENTIALS;
  const signed = `curl -sS --aws-sigv4 "aws:amz:${LOCAL_REGION}:execute-api" --user ${accessKeyId}:${secretAccessKey}`;
  const get = (path: string) => `${signed} "${apiUrl}${path}"`;
  const send = (method: string, path: string, body: unknown, more = '') =>
    `${signed} -X ${method} -H 'content-type: application/json'${more} -d '${JSON.stringify(body)}' "${apiUrl}${path}"`;
  const post = (path: string) => `${signed} -X POST "${apiUrl}${path}"`;
  const asJob = send('POST', LIST, BLOCK, " -H 'prefer: respond-async'");
  return [
    { title: 'block', command: send('POST', LIST, BLOCK) },
    { title: 'is this user blocked, since when, by whom, why', command: get(`${LIST}/${USER}`) },
    { title: 'what was done to this user', command: get(`${LIST}/${USER}/history`) },
    { title: 'who is blocked', command: get(`${LIST}?limit=100`) },
    { title: 'unblock', command: send('DELETE', LIST, UNBLOCK) },
    { title: 'block as a job', command: `JOB=$(${asJob} | sed -n 's/.*"id":"\\([^"]*\\)".*/\\1/p'); echo "$JOB"` },
    { title: 'how far the job is', command: get('/jobs/$JOB') },
    { title: 'what became of its users', command: get('/jobs/$JOB/users') },
    { title: 'the jobs of a number, newest first', command: get(`/jobs?phone_number_id=${NUMBER}`) },
    { title: 'stop what it has not sent', command: post('/jobs/$JOB/cancel') },
    { title: 'run again what failed', command: post('/jobs/$JOB/retry') },
    { title: "hold the mirror against Graph's list now", command: post(`/v25.0/${NUMBER}/blocklist/reconcile`) },
    { title: 'is the service up', command: get('/health') },
  ];
}
