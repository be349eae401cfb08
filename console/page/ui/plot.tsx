import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { count } from './text.tsx';

export interface Sample {
  readonly atMs: number;
  readonly done: number;
  readonly failed: number;
}

interface PlotProps {
  readonly samples: readonly Sample[];
  readonly total: number;
}

const HEIGHT = 220;

/** How many users had their outcome when: a picture, and the same as a table for whoever does not see it. */
export function Plot({ samples, total }: PlotProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  useEffect(() => {
    const { current: holder } = place;
    if (holder === null) return;
    const make = () => {
      plot.current?.destroy();
      plot.current = new uPlot(optionsFor(holder, total), dataOf(samples), holder);
    };
    make();
    const resize = new ResizeObserver(() => plot.current?.setSize({ width: holder.clientWidth, height: HEIGHT }));
    resize.observe(holder);
    const dark = matchMedia('(prefers-color-scheme: dark)');
    dark.addEventListener('change', make);
    return () => {
      resize.disconnect();
      dark.removeEventListener('change', make);
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [total]);
  useEffect(() => plot.current?.setData(dataOf(samples)), [samples]);
  return (
    <figure class="plot">
      <div ref={place} aria-hidden="true" />
      <figcaption class="legend">
        <span class="key done">Done</span>
        <span class="key failed">Failed</span>
      </figcaption>
      <table class="hidden">
        <caption>Progress over time</caption>
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col">Done</th>
            <th scope="col">Failed</th>
          </tr>
        </thead>
        <tbody>
          {samples.slice(-20).map(({ atMs, done, failed }) => (
            <tr key={atMs}>
              <td>{new Date(atMs).toLocaleTimeString('en-GB')}</td>
              <td>
                {count(done)} of {count(total)}
              </td>
              <td>{count(failed)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  );
}

function dataOf(samples: readonly Sample[]): uPlot.AlignedData {
  return [samples.map(({ atMs }) => atMs / 1000), samples.map(({ done }) => done), samples.map(({ failed }) => failed)];
}

const CLOCK = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });
const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });

/** The day too, once a job has lasted for one. */
function clockTimes(seconds: readonly number[]): string[] {
  const isLong = (seconds.at(-1) ?? 0) - (seconds[0] ?? 0) > 86_400;
  return seconds.map((second) => (isLong ? DAY : CLOCK).format(second * 1000));
}

function optionsFor(holder: HTMLElement, total: number): uPlot.Options {
  const style = getComputedStyle(holder);
  const color = (name: string) => style.getPropertyValue(name).trim();
  const axis = {
    stroke: color('--muted'),
    grid: { stroke: color('--line'), width: 1 },
    ticks: { stroke: color('--line'), width: 1 },
    font: '12px system-ui, sans-serif',
  };
  return {
    width: holder.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: true }, y: { range: [0, Math.max(total, 1)] } },
    axes: [
      { ...axis, values: (_, seconds) => clockTimes(seconds), space: 110 },
      { ...axis, size: 62, values: (_, values) => values.map((value) => count(value)) },
    ],
    series: [
      {},
      { stroke: color('--accent'), width: 2, fill: color('--accent-soft'), points: { show: false } },
      { stroke: color('--bad'), width: 2, points: { show: false } },
    ],
  };
}
