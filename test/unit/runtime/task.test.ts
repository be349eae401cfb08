import { afterEach, describe, expect, test, vi } from 'vitest';
import { MissingDataError } from '../../../lambdas/core/errors.ts';
import { describe as describeError, log, requestLog } from '../../../lambdas/runtime/logger.ts';
import {
  readChunkInput,
  readJobInput,
  readNumbersInput,
  readPageInput,
  scheduled,
  task,
} from '../../../lambdas/runtime/task.ts';

const JOB = '106540352242922-01JZ5W8Q6M3N4P5R6S7T8V9WXY';

/** The lines that the logger writes from here on, parsed. */
function logged() {
  const lines: unknown[] = [];
  const keep = (text: unknown) => {
    lines.push(JSON.parse(String(text)));
    return true;
  };
  vi.spyOn(process.stdout, 'write').mockImplementation(keep);
  vi.spyOn(process.stderr, 'write').mockImplementation(keep);
  return lines;
}

afterEach(() => vi.restoreAllMocks());

async function thrownBy(run: Promise<unknown>): Promise<Error> {
  const error = await run.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof Error) return error;
  throw new Error('Nothing was thrown');
}

describe('a step of the workflow', () => {
  test('gives its result and logs it once', async () => {
    const lines = logged();
    const handler = task('process-chunk', async () => ({ result: 'requeue', requeueAfterSeconds: 5 }));
    expect(await handler({ jobId: JOB, run: 1, chunk: 3 })).toEqual({ result: 'requeue', requeueAfterSeconds: 5 });
    expect(lines).toEqual([
      expect.objectContaining({
        level: 'INFO',
        message: 'task',
        task: 'process-chunk',
        job_id: JOB,
        chunk: 3,
        ms: expect.any(Number),
        result: { result: 'requeue', requeueAfterSeconds: 5 },
      }),
    ]);
  });

  test('gives its own ids to every line that is logged while it runs, and to none of another', async () => {
    const lines = logged();
    const step = (chunk: number) =>
      task('process-chunk', async () => {
        await new Promise((resolve) => setImmediate(resolve));
        log.info('inside', { operation_id: `of chunk ${chunk}` });
      })({ jobId: JOB, run: 1, chunk });
    const request = requestLog.within('a-request', async () => log.info('inside', { operation_id: 'of the request' }));
    await Promise.all([step(1), step(2), request]);
    log.info('outside', {});
    expect(lines).toHaveLength(6);
    expect(lines).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ operation_id: 'of chunk 1', task: 'process-chunk', job_id: JOB, chunk: 1 }),
        expect.objectContaining({ operation_id: 'of chunk 2', task: 'process-chunk', job_id: JOB, chunk: 2 }),
        expect.objectContaining({ operation_id: 'of the request', request_id: 'a-request' }),
      ]),
    );
    expect(lines.at(-1)).not.toHaveProperty('job_id');
    expect(lines.at(-1)).not.toHaveProperty('request_id');
  });

  test('logs only the named fields of its result, and returns all of it', async () => {
    const lines = logged();
    const result = { groups: [{ numbers: ['106540352242922'] }], after: '106540352242922' };
    const handler = task(
      'list-numbers',
      async () => result,
      ({ groups }) => ({ groups: groups.length }),
    );
    expect(await handler({})).toEqual(result);
    expect(lines).toEqual([expect.objectContaining({ task: 'list-numbers', result: { groups: 1 } })]);
    expect(JSON.stringify(lines)).not.toContain('106540352242922');
  });

  test('without a result logs none', async () => {
    const lines = logged();
    await task(
      'finish-job',
      async () => undefined,
      () => 'never',
    )({ jobId: JOB, run: 1 });
    expect(lines).toEqual([expect.not.objectContaining({ result: expect.anything() })]);
  });

  test('throws by the same name, so that the retries of the workflow match it', async () => {
    const lines = logged();
    const handler = task('finish-job', () => Promise.reject(new MissingDataError('Chunk 3 is missing')));
    const error = await thrownBy(handler({ jobId: JOB }));
    expect(error).toMatchObject({ name: 'MissingDataError', message: 'Chunk 3 is missing' });
    expect(lines).toEqual([
      expect.objectContaining({
        level: 'ERROR',
        task: 'finish-job',
        job_id: JOB,
        error_name: 'MissingDataError',
        error_message: 'Chunk 3 is missing',
      }),
    ]);
  });

  test('throws and logs no user, not even in the fields of an SDK error', async () => {
    const lines = logged();
    const fault = Object.assign(new Error('No item USER#16505551234 for Bearer abc'), {
      name: 'TransactionCanceledException',
      Item: { sk: { S: 'USER#16505551234' } },
      cause: new Error('+16505551234'),
    });
    const error = await thrownBy(task('fail-chunk', () => Promise.reject(fault))({ jobId: JOB, chunk: 0 }));
    expect(error.name).toBe('TransactionCanceledException');
    expect(error.message).toBe('No item USER#[user] for [token]');
    expect(error.stack).toContain('task.test.ts');
    const seen = [error.message, error.stack, JSON.stringify(error), String(error.cause), JSON.stringify(lines)].join();
    expect(seen).not.toMatch(/6505551234|Bearer abc/);
  });
});

describe('the input of a step', () => {
  test('is a job in one of its runs, and a chunk', () => {
    expect(readChunkInput({ jobId: JOB, run: 1, chunk: 0 })).toEqual({ jobId: JOB, run: 1, chunk: 0 });
    // What `fail-chunk` gets about the error.
    expect(readChunkInput({ jobId: JOB, run: 1, chunk: 0, error: { Error: 'x' } })).toMatchObject({ chunk: 0 });
    expect(readJobInput({ jobId: JOB, run: 2 })).toMatchObject({ jobId: JOB, run: 2 });
  });

  test.each([
    undefined,
    null,
    {},
    { jobId: JOB, run: 1 },
    { jobId: JOB, run: 1, chunk: -1 },
    { jobId: JOB, run: 1, chunk: 1.5 },
    { run: 1, chunk: 1 },
    { jobId: JOB, chunk: 1 },
    { jobId: JOB, run: 0, chunk: 1 },
    { jobId: JOB, run: 52, chunk: 1 },
    { jobId: JOB, run: 1, chunk: 64_000 },
    { jobId: JOB, run: 1, chunk: 0, more: 1 },
    { jobId: '../secret', run: 1, chunk: 0 },
    { jobId: `${JOB}\n`, run: 1, chunk: 0 },
  ])('is refused: %j', (input) => {
    expect(() => readChunkInput(input)).toThrow();
  });

  test.each([
    undefined,
    {},
    { jobId: 7, run: 1 },
    { jobId: JOB },
    { jobId: JOB, run: 0 },
    { jobId: JOB, run: 1.5 },
    { jobId: JOB, run: '1' },
  ])('of the last step is refused: %j', (input) => {
    expect(() => readJobInput(input)).toThrow();
  });

  test('is a place in the numbers, or nothing yet', () => {
    expect(readPageInput({})).toEqual({});
    expect(readPageInput({ after: '106540352242922' })).toEqual({ after: '106540352242922' });
    for (const input of [undefined, null, { after: 7 }, { after: 'JOBS' }, { after: '', more: 1 }]) {
      expect(() => readPageInput(input)).toThrow();
    }
  });

  test('is a group of numbers, each with its tries', () => {
    const numbers = [{ phoneNumberId: '106540352242922', attempts: 0 }];
    expect(readNumbersInput({ numbers })).toEqual({ numbers });
    const one = { phoneNumberId: '106540352242922' };
    for (const input of [undefined, {}, { numbers: ['106540352242922'] }, { numbers: [one] }]) {
      expect(() => readNumbersInput(input)).toThrow();
    }
    for (const wrong of [
      { attempts: -1 },
      { attempts: 1_001 },
      { attempts: 0, phoneNumberId: '1#2' },
      { attempts: 0, notBefore: 'soon' },
      { attempts: 0, more: 1 },
    ]) {
      expect(() => readNumbersInput({ numbers: [{ ...one, ...wrong }] })).toThrow();
    }
    const many = Array.from({ length: 1_001 }, () => ({ ...one, attempts: 0 }));
    expect(() => readNumbersInput({ numbers: many })).toThrow('numbers: must have at most 1000 numbers');
  });
});

describe('what a step is given that its machine does not send', () => {
  test('is refused by the field’s name, and logged without it', async () => {
    const lines = logged();
    const handler = task('process-chunk', async (event) => readChunkInput(event));
    const error = await thrownBy(handler({ jobId: '+16505551234', run: 'x', chunk: 0 }));
    expect(error).toMatchObject({
      name: 'InvalidInputError',
      message: expect.stringMatching(/^The input is not as expected: jobId: must be <phone number id>.*; run: /),
    });
    expect(lines).toEqual([expect.objectContaining({ level: 'ERROR', error_name: 'InvalidInputError', chunk: 0 })]);
    expect(JSON.stringify([lines, error.message])).not.toContain('16505551234');
  });

  test('runs no schedule', async () => {
    const lines = logged();
    const run = vi.fn(async () => 'ran');
    const handler = scheduled('sweep', run);
    for (const event of [undefined, null, 7, { all: true }]) {
      expect(await thrownBy(handler(event))).toMatchObject({ name: 'InvalidInputError' });
    }
    expect(run).not.toHaveBeenCalled();
    expect(await handler({})).toBe('ran');
    expect(lines).toHaveLength(5);
  });
});

describe('the log of a request', () => {
  test('is one line of JSON', () => {
    const lines = logged();
    requestLog.request({ request_id: 'c6af9ac6', route: '/jobs/{id}', method: 'GET', status: 200, ms: 5 });
    expect(lines).toEqual([
      expect.objectContaining({ level: 'INFO', message: 'request', request_id: 'c6af9ac6', route: '/jobs/{id}' }),
    ]);
  });

  test('has a fault by its request id, masked', () => {
    const lines = logged();
    requestLog.fault('c6af9ac6', new TypeError('Cannot read +1 650 555 1234'));
    expect(lines).toEqual([
      expect.objectContaining({
        level: 'ERROR',
        message: 'fault',
        request_id: 'c6af9ac6',
        error_name: 'TypeError',
        error_message: 'Cannot read […34]',
      }),
    ]);
    expect(JSON.stringify(lines)).not.toContain('1234"');
  });

  test('says what was thrown, even if it was not an Error', () => {
    expect(describeError('16505551234')).toEqual({ error_name: 'unknown', error_message: '[…34]' });
  });
});
