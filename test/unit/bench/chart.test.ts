/** The chart of the benchmark: what a reader of it would take from its lines and labels. */
import { describe, expect, test } from 'vitest';
import { jobChart, type Series } from '../../../bench/chart/job-chart.ts';
import { overlap, placeLabels } from '../../../bench/chart/place-labels.ts';
import { linearScale, roundTicks, totalScale } from '../../../bench/chart/scale.ts';

const OPTIONS = { title: 'Users blocked', subtitle: 'against the simulator', total: 64_000 };

function batches(name: string, msPerBatch: number, count = 64): Series {
  const points = Array.from({ length: count }, (_, index) => ({
    atMs: (index + 1) * msPerBatch,
    done: (index + 1) * 1_000,
  }));
  return { name, points };
}

/** The values of an attribute of all elements of a name, in order. */
function attributes(svg: string, name: string, attribute: string): string[] {
  return [...svg.matchAll(new RegExp(`<${name}\\b[^>]*? ${attribute}="([^"]*)"`, 'g'))].map(([, value = '']) => value);
}

/** Fails where a tag is not closed in its turn, or where a character stands that XML wants escaped. */
function expectXml(svg: string): void {
  const open: string[] = [];
  const rest = svg.replace(/<(\/?)([a-z]+)((?: [a-z\d-]+="[^"<]*")*)(\/?)>/gi, (_, close, name, _attributes, empty) => {
    if (close !== '') expect(open.pop()).toBe(name);
    else if (empty === '') open.push(name);
    return '';
  });
  expect(open).toEqual([]);
  expect(rest).not.toMatch(/[<>]/);
  expect(svg).not.toMatch(/&(?!(?:amp|lt|gt|quot|#39);)/);
  expect(svg).not.toMatch(/NaN|Infinity|undefined/);
}

describe('scales', () => {
  test.each([
    [52, 8, [0, 10, 20, 30, 40, 50]],
    [60, 6, [0, 10, 20, 30, 40, 50, 60]],
    [64_000, 7, [0, 10_000, 20_000, 30_000, 40_000, 50_000, 60_000]],
    [0.65, 8, [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6]],
    [3, 8, [0, 0.5, 1, 1.5, 2, 2.5, 3]],
  ])('up to %d there are round ticks', (max, wanted, ticks) => {
    expect(roundTicks(max, wanted)).toEqual(ticks);
  });

  test('values lie between the ends in proportion, upside down where the axis goes up', () => {
    const scale = linearScale(50, 420, 100);
    expect([0, 25, 50].map(scale.at)).toEqual([420, 260, 100]);
  });

  test('the total is a tick, and a round one beside it makes room', () => {
    expect(totalScale(64_000, 400, 80, 20).ticks.slice(-2)).toEqual([60_000, 64_000]);
    expect(totalScale(61_000, 400, 80, 20).ticks.slice(-2)).toEqual([50_000, 61_000]);
  });

  test('nothing to show is drawn all the same', () => {
    expectXml(jobChart([], { ...OPTIONS, total: 0 }));
    expectXml(jobChart([{ name: 'nothing', points: [] }], OPTIONS));
    expect(jobChart([{ name: 'nothing', points: [] }], OPTIONS)).toContain('nothing done');
  });
});

describe('lines', () => {
  test('a line goes in steps, since nothing is known between two moments', () => {
    const points = [
      { atMs: 1_000, done: 500 },
      { atMs: 2_000, done: 1_000 },
    ];
    const [path = ''] = attributes(jobChart([{ name: 'one', points }], { ...OPTIONS, total: 1_000 }), 'path', 'd');
    const corners = path.split(/[ML]/).slice(1);
    const [left, bottom, top] = ['74', '420', '96'];
    const [middle, right] = [corners[1]?.split(' ')[0] ?? '', corners[3]?.split(' ')[0] ?? ''];
    expect(corners).toEqual([
      `${left} ${bottom}`,
      `${middle} ${bottom}`,
      `${middle} 258`,
      `${right} 258`,
      `${right} ${top}`,
    ]);
    expect(Number(middle) - Number(left)).toBeCloseTo(Number(right) - Number(middle), 0);
  });

  test('the run that takes four times as long ends four times as far to the right', () => {
    const svg = jobChart([batches('fast', 200), batches('slow', 800)], OPTIONS);
    const [fast = 0, slow = 0] = attributes(svg, 'circle', 'cx').map((x) => Number(x) - 74);
    expect(slow / fast).toBeCloseTo(4, 1);
  });

  test('runs that coincide differ in colour and in dashes', () => {
    const svg = jobChart([batches('one', 800), batches('two', 800), batches('three', 800)], OPTIONS);
    expect(new Set(attributes(svg, 'path', 'stroke')).size).toBe(3);
    expect(new Set(attributes(svg, 'path', 'stroke-dasharray')).size).toBe(3);
  });
});

describe('labels', () => {
  test.each([1, 2, 5, 8])('of %d runs that end at the same place do not overlap, nor leave the chart', (count) => {
    const within = { x: 80, y: 70, width: 810, height: 350 };
    const label = { anchor: { x: 640, y: 96 }, width: 230, height: 34 };
    const labels = Array.from({ length: count }, () => label);
    const boxes = placeLabels(labels, {
      within,
      lines: [
        [
          { x: 80, y: 420 },
          { x: 640, y: 96 },
        ],
      ],
    });
    expect(boxes.length).toBe(count);
    for (const [index, box] of boxes.entries()) {
      expect(boxes.slice(index + 1).filter((other) => overlap(box, other))).toEqual([]);
      expect(box.x).toBeGreaterThanOrEqual(within.x);
      expect(box.y).toBeGreaterThanOrEqual(within.y);
      expect(box.x + box.width).toBeLessThanOrEqual(within.x + within.width);
      expect(box.y + box.height).toBeLessThanOrEqual(within.y + within.height);
    }
  });

  test('stand to the right of the end, and cover no line, where there is room', () => {
    const line = [
      { x: 80, y: 420 },
      { x: 300, y: 96 },
    ];
    const label = { anchor: { x: 300, y: 96 }, width: 200, height: 34 };
    const within = { x: 80, y: 70, width: 810, height: 350 };
    expect(placeLabels([label], { within, lines: [line] })).toEqual([{ x: 312, y: 79, width: 200, height: 34 }]);
  });

  test('say who, how many and how long', () => {
    const svg = jobChart([batches('a loop', 812)], OPTIONS);
    expect(svg).toContain('>a loop</text>');
    expect(svg).toContain('>64,000 users in 52.0 s</text>');
  });

  test('more labels than there is room for are an error, not a heap', () => {
    const label = { anchor: { x: 50, y: 50 }, width: 90, height: 40 };
    const within = { x: 0, y: 0, width: 100, height: 100 };
    expect(() => placeLabels([label, label, label, label], { within, lines: [] })).toThrow('no room');
  });
});

describe('the file', () => {
  test('is XML, whatever the texts hold', () => {
    const nasty = `</text><script>alert("1")</script> & 'it' \u0000\u001b\uD800`;
    const svg = jobChart([batches(nasty, 800)], { title: nasty, subtitle: nasty, total: 64_000 });
    expectXml(svg);
    expect(svg).not.toMatch(/<script|\p{Cc}(?<!\n)/u);
    expect(svg).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;it&#39;');
  });

  test('is read aloud: a title, and a description with every result', () => {
    const svg = jobChart([batches('fast', 200), batches('slow', 800)], OPTIONS);
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" viewBox="0 0 900 480"/);
    expect(svg).toMatch(/role="img" aria-labelledby="chart-title chart-desc"/);
    expect(svg).toMatch(/<title id="chart-title">Users blocked<\/title>/);
    expect(svg).toMatch(/<desc [^>]*>.*fast: 64,000 users in 12\.8 s\. slow: 64,000 users in 51\.2 s\.<\/desc>/);
  });

  test('is the same for the same input', () => {
    const series = [batches('fast', 200), batches('slow', 800)];
    expect(jobChart(structuredClone(series), { ...OPTIONS })).toBe(jobChart(series, OPTIONS));
  });
});
