/** A source of numbers in [0, 1) that repeats exactly for the same seed and purpose. */
export type RandomStream = () => number;

/**
 * One stream per purpose, so that drawing more often for one (jitter, say) does not move what another (faults) draws.
 * The purpose is hashed with FNV-1a into the seed of a mulberry32 generator.
 */
export function randomStream(seed: number, purpose: string): RandomStream {
  let state = (0x811c9dc5 ^ seed) >>> 0;
  for (let index = 0; index < purpose.length; index++) {
    state = Math.imul(state ^ purpose.charCodeAt(index), 0x01000193) >>> 0;
  }
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const TRACE_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-';

/** A trace id in the form that Graph gives as `fbtrace_id`. */
export function traceId(random: RandomStream): string {
  let id = 'A';
  while (id.length < 23) id += TRACE_ALPHABET.charAt(Math.floor(random() * TRACE_ALPHABET.length));
  return id;
}
