import type { Clock } from '../../lambdas/core/ports/services.ts';

/** A clock that moves only if a test sets it, or if somebody sleeps on it. */
export class FakeClock implements Clock {
  ms = Date.parse('2026-11-01T12:00:00.000Z');
  readonly sleeps: number[] = [];

  now = (): number => this.ms;

  random = (): number => 0.5;

  sleep = async (ms: number): Promise<void> => {
    this.sleeps.push(ms);
    this.ms += ms;
  };

  advance(ms: number): void {
    this.ms += ms;
  }

  iso(): string {
    return new Date(this.ms).toISOString();
  }
}
