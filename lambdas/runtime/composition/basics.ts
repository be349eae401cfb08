import { createHash } from 'node:crypto';
import type { Clock } from '../../core/ports/services.ts';
import { waitForGraph } from '../graph-time.ts';

export const clock: Clock = {
  now: Date.now,
  // Whoever sleeps waits for Graph.
  sleep: (ms) => waitForGraph(() => new Promise((resolve) => setTimeout(resolve, ms))),
  random: Math.random,
};

export const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
