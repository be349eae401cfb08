import { expect, it } from 'vitest';
import { type FakeAnswer, type FakeService, NUMBER, refusal, runCli } from '../../support/cli.ts';

const NOW = Date.parse('2026-11-30T12:00:00.000Z');
const LIST = {
  size: 2,
  limit: 64_000,
  remaining: 63_998,
  deferred: 0,
  expiring: 0,
  reconciled_at: '2026-11-30T11:30:00.000Z',
  drift: { added: 0, removed: 0 },
  running_jobs: 0,
};

/** A service that is well, but for what a test has it answer at some paths. */
function doctor(answers: Readonly<Record<string, FakeAnswer>> = {}) {
  const well: Readonly<Record<string, FakeAnswer>> = {
    '/health': { body: { status: 'ok' } },
    [`/${NUMBER}/block_users`]: { body: { data: [], paging: { cursors: {} } } },
    [`/${NUMBER}/blocklist`]: { body: LIST },
    ...answers,
  };
  const service: FakeService = ({ path }) => well[path.replace(/\?.*/, '')] ?? { status: 404 };
  return runCli(['doctor'], { service, now: () => NOW });
}

it('finds nothing if all is well, and says what it could not look at', async () => {
  const { exitCode, out, err } = await doctor();
  expect([exitCode, err]).toEqual([0, '']);
  expect(out).toMatch(/^API +ok/m);
  expect(out).toMatch(/^Token +ok/m);
  expect(out).toMatch(/^Comparison with Graph +ok +the last one: .*; 2 of 64000 blocked/m);
  expect(out).toMatch(/^Schedules +skipped/m);
});

it('does not find fault with a number that is new in use, and was not compared yet', async () => {
  const body = { ...LIST, reconciled_at: null, drift: null };
  const { exitCode, out } = await doctor({ [`/${NUMBER}/blocklist`]: { body } });
  expect(exitCode).toBe(0);
  expect(out).toMatch(new RegExp(`Graph +ok +none yet: .* blocklist reconcile --number ${NUMBER}`));
});

it.each([
  ['that is too old', { reconciled_at: '2026-11-30T09:59:00.000Z' }, /the last one: /],
  [
    'that failed, also the first',
    {
      reconciled_at: null,
      drift: null,
      reconcile_failure: { at: '2026-11-30T11:59:00.000Z', code: 10, message: 'no permission' },
    },
    /the last one failed: no permission/,
  ],
])('finds a comparison %s, and says what to do', async (_, change, detail) => {
  const { exitCode, out, err } = await doctor({ [`/${NUMBER}/blocklist`]: { body: { ...LIST, ...change } } });
  expect(exitCode).toBe(1);
  expect(out).toMatch(detail);
  expect(out).toContain(`blocklist reconcile --number ${NUMBER}`);
  expect(err).toBe('1 of 4 checks failed\n');
});

it('finds a token that Graph refuses', async () => {
  const { exitCode, out } = await doctor({ [`/${NUMBER}/block_users`]: refusal(502, 'Graph refuses the token') });
  expect(exitCode).toBe(1);
  expect(out).toMatch(/^Token +failed +.*Graph refuses the token/m);
});

it('looks at nothing behind an API that does not answer', async () => {
  const { exitCode, out } = await doctor({ '/health': { status: 503 } });
  expect(exitCode).toBe(5);
  expect(out).toMatch(/^API +failed/m);
  expect(out).not.toContain('Token');
});
