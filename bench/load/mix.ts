import type { ApiCall } from '../../local/api-client.ts';

/** A kind of call: how often it comes, what it asks, and the statuses that are no error. */
export interface Kind {
  readonly name: string;
  /** Of a hundred calls. */
  readonly share: number;
  readonly expected: readonly number[];
  readonly call: (turn: Turn) => ApiCall;
}

/** One call of one worker: whom it is about. */
export interface Turn {
  readonly number: string;
  /** Users whom only this turn changes. */
  readonly users: (count: number) => string[];
  /** Some user of the number, blocked or not. */
  readonly anyone: () => string;
  readonly jobId: string | undefined;
}

const product = { messaging_product: 'whatsapp' };
const entries = (users: readonly string[]) => users.map((user) => ({ user }));
const path = ({ number }: Turn, below = '') => `/v25.0/${number}/block_users${below}`;
const change = (method: 'POST' | 'DELETE', count: number, headers: ApiCall['headers'] = {}) => {
  return (turn: Turn): ApiCall => ({
    method,
    path: path(turn),
    body: { ...product, block_users: entries(turn.users(count)), reason: 'load' },
    headers,
  });
};
const asJob = { prefer: 'respond-async' };

/** What callers of a support desk and of a moderation service do in a day, mixed: they ask more than they change. */
export const MIX: readonly Kind[] = [
  {
    name: 'look up one user',
    share: 30,
    expected: [200],
    call: (turn) => ({ method: 'GET', path: path(turn, `/${turn.anyone()}`) }),
  },
  {
    name: 'look up 100 users',
    share: 12,
    expected: [200],
    call: (turn) => ({ method: 'POST', path: path(turn, '/lookup'), body: { users: turn.users(100) } }),
  },
  { name: 'block one user', share: 20, expected: [200], call: change('POST', 1) },
  { name: 'unblock one user', share: 8, expected: [200], call: change('DELETE', 1) },
  { name: 'block 500 users', share: 3, expected: [200], call: change('POST', 500) },
  { name: 'a job of 2,000 users', share: 1, expected: [202], call: change('POST', 2_000, asJob) },
  { name: 'an unblocking job of 1,500', share: 1, expected: [202], call: change('DELETE', 1_500, asJob) },
  {
    name: 'page the list',
    share: 6,
    expected: [200],
    call: (turn) => ({ method: 'GET', path: path(turn, '?limit=100') }),
  },
  {
    name: 'history of a user',
    share: 6,
    expected: [200],
    call: (turn) => ({ method: 'GET', path: path(turn, `/${turn.anyone()}/history`) }),
  },
  {
    name: 'a job, or the jobs',
    share: 5,
    expected: [200],
    call: ({ jobId }) => ({ method: 'GET', path: jobId === undefined ? '/jobs?limit=20' : `/jobs/${jobId}` }),
  },
  {
    name: 'summary of a number',
    share: 4,
    expected: [200],
    call: ({ number }) => ({ method: 'GET', path: `/v25.0/${number}/blocklist` }),
  },
  { name: 'health, which does nothing', share: 4, expected: [200], call: () => ({ method: 'GET', path: '/health' }) },
];

/** The kind for a number from 0 up to 1. */
export function pick(mix: readonly Kind[], random: number): Kind {
  const whole = mix.reduce((sum, { share }) => sum + share, 0);
  let left = random * whole;
  const found = mix.find(({ share }) => {
    left -= share;
    return left < 0;
  });
  if (found === undefined) throw new RangeError('The number must be from 0 up to 1');
  return found;
}
