import { createHash } from 'node:crypto';
import type { Clock } from '../../core/ports/services.ts';

export const clock: Clock = {
  now: Date.now,
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  random: Math.random,
};

export const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
