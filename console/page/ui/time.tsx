import { useEffect, useState } from 'preact/hooks';
import { lengthOf } from '../../../cli/output/age.ts';

const EXACT = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' });

/** How long ago that was, or how long until then, and when exactly. */
export function Time({ at }: { readonly at: string }) {
  const nowMs = useNow();
  const ms = Date.parse(at);
  const seconds = (nowMs - ms) / 1000;
  const text = Math.abs(seconds) < 5 ? 'now' : seconds > 0 ? `${largest(seconds)} ago` : `in ${largest(-seconds)}`;
  return (
    <time dateTime={at} class="time">
      {text} <span class="exact">{EXACT.format(ms)}</span>
    </time>
  );
}

/** In the largest unit alone, but for the first two days, of which hours count. */
function largest(seconds: number): string {
  const words = lengthOf(seconds).split(' ');
  return words.slice(0, words[1] === 'd' && words[0] === '1' ? 4 : 2).join(' ');
}

function useNow(): number {
  const [nowMs, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 15_000);
    return () => clearInterval(timer);
  }, []);
  return nowMs;
}
