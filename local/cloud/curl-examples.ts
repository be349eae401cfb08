import { randomUUID } from 'node:crypto';
import { hubSignature, textMessage, webhookPayload } from '../webhook-payload.ts';
import { LOCAL_REGION } from './loopback.ts';
import type { StackInfo } from './stack-info.ts';

export interface CurlExample {
  title: string;
  /** A shell command. A command with `$JOB`, `$BATCH`, `$KEY` or `$KEY_ID` needs an earlier command, which sets it. */
  command: string;
}

/** A number of the simulator, a user of it, and what blocks that user. */
const NUMBER = '106540352242922';
const LIST = `/v25.0/${NUMBER}/block_users`;
const USER = '16505551234';
/** Nobody blocks them: an erasure waits until no operation on its user is in progress. */
const ERASED = '16505559990';
const PROTECTED = '16505559999';
const BLOCK = { messaging_product: 'whatsapp', block_users: [{ user: '+16505551234' }], reason_code: 'spam' };
const UNBLOCK_ON_MANY = {
  action: 'unblock',
  phone_number_ids: [NUMBER, '106540352242923'],
  block_users: [{ user: '+16505551234' }],
};
const FOR_AN_HOUR = { ...BLOCK, expires_in: 3600 };
const WHEN_THEY_WRITE = { ...BLOCK, defer: true };
const MESSAGE = webhookPayload(NUMBER, { messages: [textMessage({ from: '16505551234' })] });
const UNBLOCK = { messaging_product: 'whatsapp', block_users: [{ user: '+16505551234' }] };

interface Content {
  readonly body: unknown;
  /** One more than its type. */
  readonly header?: string;
}

type Place = Pick<StackInfo, 'apiUrl' | 'keyApiUrl' | 'accessKeyId' | 'secretAccessKey'>;

/**
 * One signed call for each route of the API, to paste into a shell. Paths and queries need no percent sign, and a query has
 * one parameter, or its parameters in order: older versions of curl sign anything else in a way that AWS refuses.
 */
export function curlExamples({ apiUrl, keyApiUrl, accessKeyId, secretAccessKey }: Place): readonly CurlExample[] {
  const signed = `curl -sS --aws-sigv4 "aws:amz:${LOCAL_REGION}:execute-api" --user ${accessKeyId}:${secretAccessKey}`;
  const get = (path: string) => `${signed} "${apiUrl}${path}"`;
  const send = (method: string, path: string, { body, header }: Content) => {
    const more = header === undefined ? '' : ` -H '${header}'`;
    return `${signed} -X ${method} -H 'content-type: application/json'${more} -d '${JSON.stringify(body)}' "${apiUrl}${path}"`;
  };
  const post = (path: string) => `${signed} -X POST "${apiUrl}${path}"`;
  const makeKey = send('POST', '/keys', { body: { name: `curl-${randomUUID().slice(0, 8)}`, scopes: ['write'] } });
  const asJob = send('POST', LIST, { body: BLOCK, header: 'prefer: respond-async' });
  const onMany = send('POST', '/jobs', { body: UNBLOCK_ON_MANY });
  return [
    { title: 'block', command: send('POST', LIST, { body: BLOCK }) },
    { title: 'block for an hour', command: send('POST', LIST, { body: FOR_AN_HOUR }) },
    {
      title: 'block now, or as soon as the user writes',
      command: send('POST', LIST, { body: WHEN_THEY_WRITE }),
    },
    {
      title: 'forward a WhatsApp webhook, as Meta signed it: whose block waits is blocked',
      command: send('POST', '/webhooks/whatsapp', {
        body: MESSAGE,
        header: `x-hub-signature-256: ${hubSignature(MESSAGE)}`,
      }),
    },
    { title: 'is this user blocked, since when, by whom, why', command: get(`${LIST}/${USER}`) },
    { title: 'what was done to this user', command: get(`${LIST}/${USER}/history`) },
    { title: 'on which numbers is this user blocked', command: get(`/users/${USER}?limit=100`) },
    { title: 'what was done to this user on every number', command: get(`/users/${USER}/history`) },
    {
      title: 'which of these are blocked, to be asked before a message is sent to them',
      command: send('POST', `${LIST}/lookup`, { body: { users: ['+1 650 555 1234', '16505551235'] } }),
    },
    { title: 'who is blocked', command: get(`${LIST}?limit=100`) },
    { title: 'who is blocked for spam', command: get(`${LIST}?limit=100&reason_code=spam`) },
    { title: 'how full the list is, with whom, and what runs on it', command: get(`/v25.0/${NUMBER}/blocklist`) },
    { title: 'which numbers there are, and how full their lists', command: get('/numbers') },
    { title: 'what was done to this number, newest first', command: get(`/v25.0/${NUMBER}/operations?limit=10`) },
    { title: 'unblock', command: send('DELETE', LIST, { body: UNBLOCK }) },
    { title: 'block as a job', command: `JOB=$(${asJob} | sed -n 's/.*"id":"\\([^"]*\\)".*/\\1/p'); echo "$JOB"` },
    { title: 'how far the job is', command: get('/jobs/$JOB') },
    { title: 'what became of its users', command: get('/jobs/$JOB/users') },
    { title: 'the jobs of a number, newest first', command: get(`/jobs?phone_number_id=${NUMBER}`) },
    { title: 'stop what it has not sent', command: post('/jobs/$JOB/cancel') },
    { title: 'run again what failed', command: post('/jobs/$JOB/retry') },
    { title: 'undo what it did, once it has ended', command: post('/jobs/$JOB/revert') },
    {
      title: 'unblock on several numbers: a job for each, and one id for them all',
      command: `BATCH=$(${onMany} | sed -n 's/.*"batch_id":"\\([^"]*\\)".*/\\1/p'); echo "$BATCH"`,
    },
    { title: 'how far they are', command: get('/jobs?batch_id=$BATCH') },
    {
      title: 'erase what is stored about a user who asks for it, and unblock them first',
      command: send('POST', `/users/${ERASED}/erase`, { body: { unblock: true } }),
    },
    { title: "compare the mirror with Graph's list now", command: post(`/v25.0/${NUMBER}/blocklist/reconcile`) },
    {
      title: 'protect a user: nobody can block them, on any number',
      command: send('PUT', `/protected_users/${PROTECTED}`, { body: { reason: 'our own test phone' } }),
    },
    { title: 'is this user protected', command: get(`/protected_users/${PROTECTED}`) },
    { title: 'who is protected', command: get('/protected_users') },
    { title: 'end the protection', command: `${signed} -X DELETE "${apiUrl}/protected_users/${PROTECTED}"` },
    { title: 'the contract as an OpenAPI document', command: get('/openapi.json') },
    { title: 'is the service up', command: get('/health') },
    {
      title: 'make a key, for a client that cannot sign: it is shown this once',
      command: `MADE=$(${makeKey}); KEY=$(echo "$MADE" | sed -n 's/.*"key":"\\([^"]*\\)".*/\\1/p') KEY_ID=$(echo "$MADE" | sed -n 's/^{"id":"\\([^"]*\\)".*/\\1/p'); echo "$KEY"`,
    },
    {
      title: 'use it, as SDKs of WhatsApp use their token, at the address for keys',
      command: `curl -sS -H "authorization: Bearer $KEY" "${keyApiUrl}${LIST}?limit=100"`,
    },
    { title: 'the keys, without their secrets', command: get('/keys') },
    {
      title: 'give the key a new secret; the old one holds for an hour',
      command: send('POST', '/keys/$KEY_ID/rotate', { body: { overlap_seconds: 3600 } }),
    },
    { title: 'revoke it', command: `${signed} -X DELETE "${apiUrl}/keys/$KEY_ID"` },
  ];
}
