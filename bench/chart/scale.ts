/** A linear scale from values, from zero on, to coordinates. */
export interface Scale {
  readonly ticks: readonly number[];
  at(value: number): number;
}

/** Round values (1, 2 or 5 times a power of ten apart) from zero to `max` or just below, about `wanted` of them. */
export function roundTicks(max: number, wanted: number): number[] {
  const rough = max / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
  // A step such as 0.2 is no exact number: ticks are its multiples, rounded, and not sums of it.
  const digits = Math.max(0, -Math.floor(Math.log10(step)));
  return Array.from({ length: Math.floor(max / step + 1e-9) + 1 }, (_, index) =>
    Number((index * step).toFixed(digits)),
  );
}

/** A scale that ends at `max` itself, with round ticks. `from` is the coordinate of zero, `to` that of `max`. */
export function linearScale(max: number, from: number, to: number): Scale {
  // Nothing to show is no reason to divide by zero.
  const end = max > 0 ? max : 1;
  return { ticks: roundTicks(end, 8), at: (value) => from + (value / end) * (to - from) };
}

/** As `linearScale`, and `max` is a tick too: round ticks nearer to it than `apart` px make room for it. */
export function totalScale(max: number, from: number, to: number, apart: number): Scale {
  const scale = linearScale(max, from, to);
  const ticks = scale.ticks.filter((tick) => Math.abs(scale.at(tick) - to) >= apart);
  return { ...scale, ticks: max > 0 ? [...ticks, max] : ticks };
}
