const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
] as const;

/** A length of time as people say it, in its two largest units: `2 h 5 min`. */
export function lengthOf(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const at = UNITS.findIndex(([, size]) => whole >= size);
  if (at < 0) return '0 s';
  const [[unit, size] = ['s', 1], next] = UNITS.slice(at, at + 2);
  const rest = next === undefined ? 0 : Math.floor((whole % size) / next[1]);
  return `${Math.floor(whole / size)} ${unit}${next !== undefined && rest > 0 ? ` ${rest} ${next[0]}` : ''}`;
}

/** How long ago that was; `never` if it was not. */
export function ageOf(time: string | null | undefined, nowMs: number): string {
  return time === null || time === undefined ? 'never' : `${lengthOf((nowMs - Date.parse(time)) / 1000)} ago`;
}
