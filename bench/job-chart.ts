/** One run: how many users were done in all (`done`) at which moments (`atMs` since its start), in order of time. */
export interface Series {
  readonly name: string;
  readonly points: readonly { readonly atMs: number; readonly done: number }[];
}

interface ChartOptions {
  /** One line each: about 75 characters fit. */
  readonly title: string;
  readonly subtitle: string;
  /** Users of the whole job: the upper end of the scale. */
  readonly total: number;
}

const PLOT = { left: 74, right: 876, top: 96, bottom: 420 };
const LEGEND = { x: 520, y: 300, row: 22 };
/** Okabe and Ito's palette without its light colours: distinguishable with any colour vision, and on white. */
const STROKES = ['#0072b2', '#d55e00', '#009e73', '#cc79a7'];
/** If two runs coincide, the lower one shows through the gaps. */
const DASHES = ['none', '8 6', '3 5', '14 5 3 5'];
const WHOLE = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** Users done over time, as a standalone SVG: a line of steps for each run, since nothing is known between two moments. */
export function jobChart(series: readonly Series[], { title, subtitle, total }: ChartOptions): string {
  const endMs = Math.max(1, ...series.flatMap(({ points }) => points.map(({ atMs }) => atMs)));
  const x = (ms: number) => round(PLOT.left + (ms / endMs) * (PLOT.right - PLOT.left));
  const y = (users: number) => round(PLOT.bottom - (users / total) * (PLOT.bottom - PLOT.top));
  const step = [1, 2, 5, 10, 20, 50].find((seconds) => endMs / (seconds * 1_000) <= 12) ?? 100;
  const seconds = Array.from({ length: Math.floor(endMs / 1_000 / step) + 1 }, (_, index) => index * step);
  const users = Array.from({ length: 9 }, (_, index) => (index * total) / 8);
  const grid = (path: string) => `<path d="${path}" stroke="#e4e7eb"/>`;
  const results = series.map(({ name, points }) => {
    const last = points.at(-1) ?? { atMs: 0, done: 0 };
    return escaped(`${name}: ${WHOLE.format(last.done)} users in ${(last.atMs / 1_000).toFixed(1)} s`);
  });
  const lines = series.map(({ points }, index) => {
    const steps = points.map(({ atMs, done }) => `H${x(atMs)}V${y(done)}`).join('');
    const line = `fill="none" stroke="${STROKES[index]}" stroke-dasharray="${DASHES[index]}" stroke-width="2.5"`;
    const row = LEGEND.y + index * LEGEND.row;
    return `<path d="M${x(0)} ${y(0)}${steps}" ${line}/>
<path d="M${LEGEND.x} ${row}h30" ${line}/>
<text x="${LEGEND.x + 38}" y="${row + 4}">${results[index]}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 900 480" width="900" height="480" role="img" aria-labelledby="title description" font-family="system-ui, sans-serif" font-size="12" fill="#1f2328">
<title id="title">${escaped(title)}</title>
<desc id="description">${escaped(subtitle)}. Users done over seconds. ${results.join('. ')}.</desc>
<rect width="900" height="480" fill="#ffffff"/>
<text x="24" y="34" font-size="19" font-weight="600">${escaped(title)}</text>
<text x="24" y="56">${escaped(subtitle)}</text>
${users.map((tick) => `${grid(`M${PLOT.left} ${y(tick)}H${PLOT.right}`)}<text x="${PLOT.left - 8}" y="${y(tick) + 4}" text-anchor="end">${WHOLE.format(tick)}</text>`).join('\n')}
${seconds.map((tick) => `${grid(`M${x(tick * 1_000)} ${PLOT.top}V${PLOT.bottom}`)}<text x="${x(tick * 1_000)}" y="440" text-anchor="middle">${tick}</text>`).join('\n')}
<text x="${PLOT.left - 8}" y="${PLOT.top - 14}" text-anchor="end">users</text><text x="475" y="464" text-anchor="middle">seconds</text>
${lines.join('\n')}
</svg>
`;
}

const round = (value: number) => Math.round(value * 10) / 10;

function escaped(raw: string): string {
  return raw.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
