/**
 * Runs what is compared in turns, the first one another time each round, so that what the machine does meanwhile meets all
 * of them alike. `BENCH_ROUNDS` makes fewer rounds of it, to try a part. Gives the figures of each, in the order of the rounds; those of the first `warmUp` rounds are left out.
 */
export async function interleave<Figures extends Record<string, unknown>>(
  rounds: number,
  runs: { readonly [Name in keyof Figures]: (round: number) => Promise<Figures[Name]> },
  { warmUp = 0 }: { readonly warmUp?: number } = {},
): Promise<{ [Name in keyof Figures]: Figures[Name][] }> {
  const total = warmUp + Math.min(rounds, Number(process.env.BENCH_ROUNDS ?? rounds));
  const names: (keyof Figures)[] = Object.keys(runs);
  const figures = {} as { [Name in keyof Figures]: Figures[Name][] };
  for (const name of names) figures[name] = [];
  for (let round = 0; round < total; round += 1) {
    for (let turn = 0; turn < names.length; turn += 1) {
      const name = names[(turn + round) % names.length];
      if (name === undefined) continue;
      const figure = await runs[name](round);
      if (round >= warmUp) figures[name].push(figure);
    }
  }
  return figures;
}
