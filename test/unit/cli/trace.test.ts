import { describe, expect, it } from 'vitest';
import { follow, kindOf, type Search, startOf } from '../../../cli/trace/follow.ts';
import { type FoundLine, stepOf } from '../../../cli/trace/step.ts';
import { runCli } from '../../support/cli.ts';

const JOB = '106540352242922-01JDYKM0R00000000000000000';
const OPERATION = '01JDYKNT0000000000000000AB';
const REQUEST = '5b0c7c3e-0d4a-4f5e-9c1e-6d1c0b7f2a11';
const OTHER = '5b0c7c3e-0d4a-4f5e-9c1e-6d1c0b7f2a12';
const AT = Date.parse('2024-11-30T12:00:00.000Z');
const groupOf = (name: string) => `Blocklist-prod-Functions${name}Logs3AE4D4CC-x`;
const line = (name: string, json: object, at = AT): FoundLine => ({
  group: groupOf(name),
  at,
  text: JSON.stringify(json),
});

describe('a line of a log as a step', () => {
  it.each([
    [
      line('BlockUsers', {
        message: 'request',
        request_id: REQUEST,
        route: '/jobs',
        method: 'POST',
        status: 202,
        ms: 12,
      }),
      { where: 'BlockUsers', what: 'POST /jobs', result: '202', ms: 12, request_id: REQUEST },
    ],
    [
      line('ProcessChunk', {
        message: 'task',
        task: 'process-chunk',
        job_id: JOB,
        chunk: 3,
        result: { result: 'requeue' },
      }),
      { where: 'ProcessChunk', what: 'process-chunk', result: 'requeue', job_id: JOB, chunk: 3 },
    ],
    [
      line('ProcessChunk', {
        message: 'graph call',
        operation_id: OPERATION,
        method: 'POST',
        status: 200,
        fbtrace_id: 'Az8',
      }),
      { what: 'POST at Graph', result: '200', operation_id: OPERATION, fbtrace_id: 'Az8' },
    ],
    [line('Sweep', { message: 'graph call', method: 'GET' }), { what: 'GET at Graph', result: 'no answer' }],
    [
      line('BlockUsers', { message: 'fault', request_id: REQUEST, error_message: 'x is missing' }),
      { what: 'fault', result: 'x is missing' },
    ],
    [
      {
        group: 'Blocklist-prod-ApiAccessLog',
        at: AT,
        text: JSON.stringify({ requestId: REQUEST, method: 'GET', route: '/jobs', status: '200' }),
      },
      { where: 'api-gateway', what: 'GET /jobs', result: '200', request_id: REQUEST },
    ],
  ])('%j', (found, step) => {
    expect(stepOf(found)).toMatchObject({ at: '2024-11-30T12:00:00.000Z', ...step });
  });

  it.each([`START RequestId: ${REQUEST} Version: $LATEST`, '', '{"message":', '[]', 'null', '{"message":5}'])(
    'is none if the service did not write it: %s',
    (text) => {
      expect(stepOf({ group: groupOf('Health'), at: AT, text })).toBeUndefined();
    },
  );
});

it('knows what an id is of, and from when it can be', () => {
  expect([REQUEST, OPERATION, JOB].map(kindOf)).toEqual(['request', 'operation', 'job']);
  const now = Date.parse('2026-11-30T12:00:00.000Z');
  expect(startOf(REQUEST, now)).toBe(now - 24 * 3_600_000);
  // The first ten letters of a ULID are the milliseconds.
  expect(new Date(startOf('1-01ARZ3NDEKTSV4RRFFQ69G5FAV', now)).toISOString()).toBe('2016-07-30T23:49:10.259Z');
});

describe('what belongs to an id', () => {
  const lines = [
    line('BlockUsers', { message: 'job started', request_id: REQUEST, job_id: JOB }, AT + 1),
    line(
      'BlockUsers',
      { message: 'request', request_id: REQUEST, route: '/block_users', method: 'POST', status: 202 },
      AT + 2,
    ),
    line(
      'ProcessChunk',
      {
        message: 'graph call',
        job_id: JOB,
        chunk: 0,
        operation_id: OPERATION,
        method: 'POST',
        status: 200,
        fbtrace_id: 'Az8',
      },
      AT + 3,
    ),
    line('ProcessChunk', { message: 'task', task: 'process-chunk', job_id: JOB, chunk: 0 }, AT + 4),
    line(
      'GetJob',
      { message: 'request', request_id: OTHER, job_id: JOB, route: '/jobs/{id}', method: 'GET', status: 200 },
      AT + 5,
    ),
    line(
      'CancelJob',
      { message: 'request', request_id: OTHER, job_id: JOB, route: '/jobs/{id}/cancel', method: 'POST', status: 202 },
      AT + 6,
    ),
    line(
      'BlockUsers',
      { message: 'request', request_id: 'of-nobody-here', route: '/block_users', method: 'POST', status: 200 },
      AT + 7,
    ),
  ];
  const asked: string[] = [];
  const search: Search = async (text) => {
    asked.push(text);
    // In any order, and with lines that only begin like it.
    return lines.filter((one) => one.text.includes(text)).reverse();
  };
  const window = { from: 0, to: AT * 2 };
  const ALL = ['job started', 'POST /block_users', 'POST at Graph', 'process-chunk', 'POST /jobs/{id}/cancel'];

  it.each([
    ['a request', REQUEST],
    ['a job', JOB],
    ['an operation of the job', OPERATION],
  ])('from %s: its lines and those of its job, once and in order, without requests that only look', async (_, id) => {
    asked.length = 0;
    const { steps, more } = await follow(search, id, window);
    expect(steps.map(({ what }) => what)).toEqual(ALL);
    expect(more).toBe(false);
    expect(new Set(asked).size).toBe(asked.length);
  });

  it('from an operation without a job: the call to Graph, and the request that caused it', async () => {
    const graph = { message: 'graph call', request_id: REQUEST, operation_id: OPERATION, method: 'POST' };
    const request = { message: 'request', request_id: REQUEST, route: '/block_users', method: 'POST', status: 200 };
    const direct = [line('BlockUsers', graph, AT), line('BlockUsers', request, AT + 1)];
    const { steps } = await follow(async (text) => direct.filter((one) => one.text.includes(text)), OPERATION, window);
    expect(steps.map(({ what }) => what)).toEqual(['POST at Graph', 'POST /block_users']);
  });

  it('a request that only looked at a job is itself found', async () => {
    const { steps } = await follow(search, OTHER, window);
    expect(steps.map(({ what }) => what)).toContain('GET /jobs/{id}');
  });

  it('is bounded: of a batch of many jobs some are followed, and the answer says so', async () => {
    const ids = Array.from({ length: 40 }, (_, index) => `${index}-01JDYKM0R00000000000000000`);
    const batch = ids.map((job_id) => line('CreateJobs', { message: 'job started', request_id: REQUEST, job_id }));
    let searches = 0;
    const many = await follow(
      async (text) => {
        searches += 1;
        return batch.filter((one) => one.text.includes(`"${text}"`));
      },
      REQUEST,
      window,
    );
    expect(many.more).toBe(true);
    expect(searches).toBeLessThan(25);
  });
});

it.each([
  [['trace', 'x'], 'The id must be that of a request'],
  [['trace', '") || ("a'], 'The id must be that of a request'],
  [['trace', REQUEST], 'The logs are not behind the API'],
])('%j is refused', async (args, said) => {
  expect(await runCli(args)).toMatchObject({ exitCode: 2, err: expect.stringContaining(said) });
});
