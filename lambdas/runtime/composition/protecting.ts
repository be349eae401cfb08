import { ulid } from 'ulid';
import { clock } from './basics.ts';
import { lazily } from './lazily.ts';
import { store } from './store.ts';

/** What changing the list of protected users needs. */
export const protectionDeps = lazily(() => ({ store: store(), clock, newId: ulid }));
