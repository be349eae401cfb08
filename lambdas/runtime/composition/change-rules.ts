import type { ChangeRules } from '../../http/reasons.ts';
import { env } from '../env.ts';
import { clock } from './basics.ts';
import { lazily } from './lazily.ts';

/** What a change may and must give as its reason. */
export const reasonRules = lazily(() => ({ reasonCodes: env('reasonCodes'), requireReason: env('requireReason') }));

/** What a request for a change is judged by, at this moment. */
export const changeRules = (): ChangeRules => ({ nowMs: clock.now(), ...reasonRules() });
