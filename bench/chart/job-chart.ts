import { type Box, GAP, type Label, leaderOf, type Point, placeLabels } from './place-labels.ts';
import { linearScale, type Scale, totalScale } from './scale.ts';
import { coordinate, element, text } from './svg.ts';

/** One run: how many users were done (`done`, in all) at which moments (`atMs` since its start), in order of time. */
export interface Series {
  readonly name: string;
  readonly points: readonly { readonly atMs: number; readonly done: number }[];
}

export interface ChartOptions {
  /** One line each: about 75 characters fit. */
  readonly title: string;
  readonly subtitle: string;
  /** Users of the whole job: the upper end of the scale. */
  readonly total: number;
}

interface Curve {
  readonly name: string;
  readonly colour: string;
  /** Pattern of dashes: where two runs coincide, the one below shows through the gaps. */
  readonly dashes: string;
  /** The corners of the steps, px. */
  readonly corners: readonly Point[];
  readonly end: Point;
  /** What the label says below the name. */
  readonly result: string;
}

const WIDTH = 900;
const HEIGHT = 480;
/** Where the axes are. They end on the right where the labels have room, but not before `leastRight`. */
const PLOT = { left: 74, top: 96, bottom: 420, leastRight: 540 };
const LABELS: Box = { x: PLOT.left + 4, y: 72, width: WIDTH - PLOT.left - 12, height: PLOT.bottom - 76 };
const LABEL_HEIGHT = 34;
/** Px of a character at most, on the average of a word: wide system fonts have about as much. */
const CHARACTER = { bold: 8.6, plain: 7.6 };

/** Okabe and Ito's palette without its light colours: told apart with any colour vision, and on white. */
const PALETTE = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#56b4e9', '#000000'];
const DASHES = ['none', '8 6', '3 5', '14 5 3 5', '2 8', '20 8'];
const INK = '#1f2328';
const FAINT_INK = '#57606a';
const GRID = '#e4e7eb';
const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif";

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/**
 * Users done over time, as a standalone SVG: a line of steps for each run (nothing is claimed between two moments), named
 * where it ends. The same input gives the same text.
 */
export function jobChart(series: readonly Series[], options: ChartOptions): string {
  const { title, subtitle, total } = options;
  const seconds = Math.max(0, ...series.flatMap(({ points }) => points.map(({ atMs }) => atMs / 1_000)));
  const users = Math.max(total, ...series.flatMap(({ points }) => points.map(({ done }) => done)));
  const right = Math.max(PLOT.leastRight, WIDTH - 8 - 2 * GAP - Math.max(0, ...series.map(labelWidth)));
  const x = linearScale(seconds, PLOT.left, right);
  const y = totalScale(users, PLOT.bottom, PLOT.top, 20);
  const curves = series.map((one, index) => curveOf(one, index, x, y));
  const content = [
    element('title', { id: 'chart-title' }, text(title)),
    element('desc', { id: 'chart-desc' }, text(describe(subtitle, curves))),
    element('rect', { width: WIDTH, height: HEIGHT, fill: '#ffffff' }),
    label(24, 34, title, { 'font-size': 19, 'font-weight': '600', fill: INK }),
    label(24, 56, subtitle, { 'font-size': 13, fill: FAINT_INK }),
    ...axes(x, y, right),
    ...curves.map(line),
    ...labels(series, curves),
  ];
  const root = {
    xmlns: 'http://www.w3.org/2000/svg',
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    width: WIDTH,
    height: HEIGHT,
    role: 'img',
    'aria-labelledby': 'chart-title chart-desc',
    'font-family': FONT,
  };
  return `${element('svg', root, `\n${content.join('\n')}\n`)}\n`;
}

function curveOf(series: Series, index: number, x: Scale, y: Scale): Curve {
  const corners: Point[] = [{ x: x.at(0), y: y.at(0) }];
  let height = y.at(0);
  for (const { atMs, done } of series.points) {
    const along = x.at(atMs / 1_000);
    corners.push({ x: along, y: height }, { x: along, y: y.at(done) });
    height = y.at(done);
  }
  return {
    name: series.name,
    colour: PALETTE[index % PALETTE.length] ?? INK,
    dashes: DASHES[index % DASHES.length] ?? 'none',
    corners,
    end: corners.at(-1) ?? { x: x.at(0), y: y.at(0) },
    result: resultOf(series),
  };
}

function resultOf({ points }: Series): string {
  const last = points.at(-1);
  return last === undefined ? 'nothing done' : `${whole.format(last.done)} users in ${duration(last.atMs / 1_000)}`;
}

/** Px that a label takes at most: there is nothing here that could measure text. */
function labelWidth(series: Series): number {
  const width = Math.max(series.name.length * CHARACTER.bold, resultOf(series).length * CHARACTER.plain);
  return Math.min(12 + width, LABELS.width);
}

function duration(seconds: number): string {
  return `${seconds < 10 ? seconds.toFixed(2) : seconds < 100 ? seconds.toFixed(1) : whole.format(seconds)} s`;
}

function describe(subtitle: string, curves: readonly Curve[]): string {
  const runs = curves.map(({ name, result }) => `${name}: ${result}.`);
  return [`${subtitle}. Users done over seconds, a line for each run.`, ...runs].join(' ');
}

function axes(x: Scale, y: Scale, right: number): string[] {
  const small = { 'font-size': 12, fill: FAINT_INK };
  const { left, top, bottom } = PLOT;
  return [
    ...y.ticks.flatMap((tick) => [
      element('line', { x1: left, y1: y.at(tick), x2: right, y2: y.at(tick), stroke: tick === 0 ? FAINT_INK : GRID }),
      label(left - 8, y.at(tick) + 4, whole.format(tick), { ...small, 'text-anchor': 'end' }),
    ]),
    ...x.ticks.flatMap((tick) => [
      element('line', { x1: x.at(tick), y1: top, x2: x.at(tick), y2: bottom, stroke: tick === 0 ? FAINT_INK : GRID }),
      label(x.at(tick), bottom + 20, String(tick), { ...small, 'text-anchor': 'middle' }),
    ]),
    label((left + right) / 2, bottom + 44, 'seconds', { ...small, 'text-anchor': 'middle' }),
    label(left - 8, top - 14, 'users', { ...small, 'text-anchor': 'end' }),
  ];
}

function line({ corners, end, colour, dashes }: Curve): string {
  const path = corners.map(
    (corner, index) => `${index === 0 ? 'M' : 'L'}${coordinate(corner.x)} ${coordinate(corner.y)}`,
  );
  return [
    element('path', {
      d: path.join(''),
      fill: 'none',
      stroke: colour,
      'stroke-width': 2.5,
      'stroke-dasharray': dashes,
      'stroke-linejoin': 'round',
    }),
    element('circle', { cx: end.x, cy: end.y, r: 4.5, fill: colour, stroke: '#ffffff', 'stroke-width': 1.5 }),
  ].join('\n');
}

/** Dark text with a bar in the colour of the line: the lighter colours would be hard to read as text. */
function labels(series: readonly Series[], curves: readonly Curve[]): string[] {
  const wanted = series.map((one, index): Label => {
    return { anchor: curves[index]?.end ?? LABELS, width: labelWidth(one), height: LABEL_HEIGHT };
  });
  const boxes = placeLabels(wanted, { within: LABELS, lines: curves.map(({ corners }) => corners) });
  // Gridlines must not run through the letters.
  const halo = { stroke: '#ffffff', 'stroke-width': 4, 'stroke-linejoin': 'round', 'paint-order': 'stroke' };
  return curves.flatMap(({ name, result, end, colour }, index) => {
    const box = boxes[index];
    if (box === undefined) return [];
    const [from, to] = leaderOf(end, box);
    return [
      element('line', { x1: from.x, y1: from.y, x2: to.x, y2: to.y, stroke: colour, 'stroke-width': 1 }),
      element('rect', { x: box.x, y: box.y + 2, width: 4, height: box.height - 4, fill: colour }),
      label(box.x + 10, box.y + 14, name, { 'font-size': 13, 'font-weight': '600', fill: INK, ...halo }),
      label(box.x + 10, box.y + 30, result, { 'font-size': 12, fill: FAINT_INK, ...halo }),
    ];
  });
}

function label(x: number, y: number, words: string, attributes: Readonly<Record<string, string | number>>): string {
  return element('text', { x, y, ...attributes }, text(words));
}
