import { parseArgs } from 'node:util';
import { PlainError } from '../../lib/plain-error.ts';

export interface LoadOptions {
  readonly seconds: number;
  /** Callers at the same time. */
  readonly concurrency: number;
}

const MOST = { seconds: 600, concurrency: 64 } as const;

/** @throws PlainError if an option is out of its bounds */
export function readOptions(args: readonly string[]): LoadOptions {
  const { values } = parseArgs({
    args: [...args],
    options: { seconds: { type: 'string' }, concurrency: { type: 'string' } },
  });
  return {
    seconds: bounded('seconds', values.seconds ?? '30'),
    concurrency: bounded('concurrency', values.concurrency ?? '8'),
  };
}

function bounded(name: keyof typeof MOST, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= MOST[name]) return value;
  throw new PlainError(`--${name}: must be a whole number from 1 to ${MOST[name]}`);
}
