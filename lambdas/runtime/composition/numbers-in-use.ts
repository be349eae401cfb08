import { env } from '../env.ts';
import { reasonRules } from './change-rules.ts';
import { lazily } from './lazily.ts';
import { store } from './store.ts';

/** What listing the numbers in use needs. */
export const numbersInUseDeps = lazily(() => ({ store: store(), listLimit: env('listLimit'), rules: reasonRules() }));
