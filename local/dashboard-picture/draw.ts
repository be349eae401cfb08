import * as z from 'zod';

/** The parts of a dashboard's body that a picture shows, in the words of CloudWatch. */
const body = z.object({
  widgets: z.array(
    z.looseObject({
      type: z.enum(['metric', 'alarm', 'text']),
      x: z.number(),
      y: z.number(),
      width: z.number(),
      height: z.number(),
      properties: z.looseObject({
        title: z.string().optional(),
        markdown: z.string().optional(),
        alarms: z.array(z.string()).optional(),
        metrics: z.array(z.array(z.unknown())).optional(),
        yAxis: z.object({ left: z.object({ label: z.string() }) }).optional(),
        annotations: z.object({ horizontal: z.array(z.object({ label: z.string(), value: z.number() })) }).optional(),
      }),
    }),
  ),
});
type Widget = z.output<typeof body>['widgets'][number];

/** Example values of a metric under a statistic, from 0 to 1 on the axis of time. */
export type Example = (metric: string, statistic: string) => readonly number[];

const UNIT = { x: 50, y: 27 };
const MARGIN = 8;
/** Okabe and Ito's palette: distinguishable with any colour vision. */
const STROKES = ['#0072b2', '#d55e00'];
const QUIET = '#57606a';

/** A dashboard as a standalone SVG: titles, objectives and places are those of its definition, the values are examples. */
export function drawDashboard(definition: unknown, { example, note }: { example: Example; note: string }): string {
  const { widgets } = body.parse(definition);
  const width = Math.max(...widgets.map((one) => one.x + one.width)) * UNIT.x;
  const top = 34;
  const height = Math.max(...widgets.map((one) => one.y + one.height)) * UNIT.y + top;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title" font-family="system-ui, sans-serif" font-size="12" fill="#1f2328">
<title id="title">${escaped(note)}</title>
<rect width="${width}" height="${height}" fill="#f6f8fa"/>
<text x="${MARGIN}" y="22" fill="#953800" font-weight="600">${escaped(note)}</text>
<g transform="translate(0 ${top})">
${widgets.map((widget) => drawWidget(widget, example)).join('\n')}
</g>
</svg>
`;
}

function drawWidget(widget: Widget, example: Example): string {
  const { x, y, width, height, properties } = widget;
  const box = { width: width * UNIT.x - MARGIN, height: height * UNIT.y - MARGIN };
  const inner = { text: drawText, alarm: drawAlarms, metric: drawPlot }[widget.type](properties, box, example);
  return `<g transform="translate(${x * UNIT.x + MARGIN / 2} ${y * UNIT.y})"><rect width="${box.width}" height="${box.height}" fill="#ffffff" stroke="#d0d7de" rx="4"/>
${inner}</g>`;
}

interface Box {
  readonly width: number;
  readonly height: number;
}

function drawText({ markdown = '' }: Widget['properties']): string {
  const [heading = '', ...rest] = markdown.split('\n');
  return `<text x="12" y="21" font-size="16" font-weight="600">${escaped(heading.replace(/^# /, ''))}</text>
<text x="12" y="39" fill="${QUIET}">${escaped(rest.join(' '))}</text>`;
}

/** All of them are well: an alarm that rings is red there. */
function drawAlarms({ title = '', alarms = [] }: Widget['properties'], { width }: Box): string {
  const columns = 9;
  const step = (width - 24) / columns;
  const squares = alarms.map((_, index) => {
    const [column, row] = [index % columns, Math.floor(index / columns)];
    return `<rect x="${round(12 + column * step)}" y="${34 + row * 21}" width="${round(step - 6)}" height="15" rx="3" fill="#dafbe1" stroke="#4ac26b"/>`;
  });
  return `<text x="12" y="22" font-weight="600">${escaped(title)}</text>${squares.join('')}`;
}

function drawPlot(
  { title = '', metrics = [], yAxis, annotations }: Widget['properties'],
  box: Box,
  example: Example,
): string {
  const plot = { left: 54, right: box.width - 12, top: 34, bottom: box.height - 40 };
  const lines = annotations?.horizontal ?? [];
  const series = metrics.map((metric) => {
    const { label, stat } = z.object({ label: z.string(), stat: z.string() }).parse(metric.at(-1));
    return { label, values: example(z.string().parse(metric[1]), stat) };
  });
  const top = 1.15 * Math.max(...series.flatMap(({ values }) => values), ...lines.map(({ value }) => value));
  const y = (value: number) => round(plot.bottom - (value / top) * (plot.bottom - plot.top));
  const x = (index: number, of: number) => round(plot.left + (index / (of - 1)) * (plot.right - plot.left));
  const paths = series.map(({ values }, index) => {
    const points = values.map((value, at) => `${x(at, values.length)} ${y(value)}`).join('L');
    return `<path d="M${points}" fill="none" stroke="${STROKES[index]}" stroke-width="1.8"/>`;
  });
  const legend = series.map(
    ({ label }, index) =>
      `<path d="M${plot.left + index * 150} ${box.height - 14}h18" stroke="${STROKES[index]}" stroke-width="2.5"/><text x="${plot.left + 24 + index * 150}" y="${box.height - 10}" fill="${QUIET}">${escaped(label)}</text>`,
  );
  const limits = lines.map(
    ({ label, value }) =>
      `<path d="M${plot.left} ${y(value)}H${plot.right}" stroke="#cf222e" stroke-dasharray="5 4"/><text x="${plot.right}" y="${y(value) - 4}" text-anchor="end" fill="#cf222e" font-size="11">${escaped(label)}</text>`,
  );
  return `<text x="12" y="20" font-weight="600" font-size="12.5">${escaped(title)}</text>
<path d="M${plot.left} ${plot.top}V${plot.bottom}H${plot.right}" fill="none" stroke="#d0d7de"/>
<text x="${plot.left - 6}" y="${plot.bottom}" text-anchor="end" fill="${QUIET}">0</text><text x="${plot.left - 6}" y="${plot.top + 8}" text-anchor="end" fill="${QUIET}">${amount(top)}</text>
<text x="${plot.left}" y="${plot.bottom + 15}" fill="${QUIET}" font-size="11">24 hours, ${escaped(yAxis?.left.label ?? '')}</text>
${[...paths, ...limits, ...legend].join('\n')}`;
}

const round = (value: number): number => Math.round(value * 10) / 10;
const amount = (value: number): string =>
  value < 1 ? value.toFixed(4) : value.toLocaleString('en-US', { maximumFractionDigits: 0 });

function escaped(raw: string): string {
  return raw.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
