/** The chart of the benchmark: what a reader takes from it. */
import { expect, test } from 'vitest';
import { jobChart, type Series } from '../../../bench/job-chart.ts';

const OPTIONS = { title: 'Users blocked', subtitle: 'against the simulator', total: 64_000 };

function batches(name: string, msPerBatch: number, count = 64): Series {
  const points = Array.from({ length: count }, (_, index) => [(index + 1) * msPerBatch, (index + 1) * 1_000] as const);
  return { name, points: points.map(([atMs, done]) => ({ atMs, done })) };
}

/** The path of each run, drawn with the colour and dashes of its row of the legend. */
function runs(svg: string) {
  return [...svg.matchAll(/d="(M74 420H?[^"]*)" fill="none" stroke="([^"]+)" stroke-dasharray="([^"]+)"/g)].map(
    ([, path = '', stroke, dashes]) => ({ path, stroke, dashes }),
  );
}

test('a line rises in steps from zero to the total', () => {
  const [run] = runs(jobChart([batches('one', 1_000, 2)], { ...OPTIONS, total: 2_000 }));
  expect(run?.path).toBe('M74 420H475V258H876V96');
});

test('the run that takes four times as long ends four times as far to the right', () => {
  const ends = runs(jobChart([batches('fast', 200), batches('slow', 800)], OPTIONS)).map(({ path }) =>
    Number(/H([\d.]+)V96$/.exec(path)?.[1]),
  );
  expect(ends.map((end) => Math.round(end - 74))).toEqual([201, 802]);
});

test('the legend has the colour, dashes, name, users and seconds of each run, also for screen readers', () => {
  const svg = jobChart([batches('a loop', 812), batches('another', 800)], OPTIONS);
  const [one, other] = runs(svg);
  expect(one?.stroke).not.toBe(other?.stroke);
  expect(one?.dashes).not.toBe(other?.dashes);
  for (const { stroke, dashes } of [one, other].flatMap((run) => run ?? [])) {
    expect(svg).toContain(`h30" fill="none" stroke="${stroke}" stroke-dasharray="${dashes}"`);
  }
  expect(svg).toContain('>a loop: 64,000 users in 52.0 s</text>');
  expect(svg).toMatch(/<desc .*a loop: 64,000 users in 52\.0 s\. another: 64,000 users in 51\.2 s\.<\/desc>/);
});

test('a run without users is drawn too, and texts are escaped', () => {
  const svg = jobChart([{ name: '<b> & "c"', points: [] }], OPTIONS);
  expect(svg).toContain('&#60;b&#62; &#38; &#34;c&#34;: 0 users in 0.0 s');
  expect(svg).not.toMatch(/<b>|NaN|Infinity|undefined/);
});
