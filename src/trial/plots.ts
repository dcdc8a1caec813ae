/** Small SVG plots as text, for a page that needs no script and no network. */
import { escapeText } from '../read/written.ts';

/** One named line or row of dots. `tone` is 0 to 5, an entry of the page's palette. */
export interface Series {
  readonly name: string;
  readonly tone: number;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Axes {
  readonly xLabel: string;
  readonly yLabel: string;
  readonly xMax: number;
  readonly yMax: number;
}

const WIDTH = 560;
const HEIGHT = 300;
const LEFT = 52;
const RIGHT = 16;
const TOP = 14;
const BOTTOM = 44;
const TICKS = 5;

/** Lines over common axes that start at 0. */
export function linePlot(series: readonly Series[], axes: Axes): string {
  const xStep = niceStep(axes.xMax);
  const yStep = niceStep(axes.yMax);
  const xMax = Math.max(xStep, Math.ceil(axes.xMax / xStep - 1e-9) * xStep);
  const yMax = Math.max(yStep, Math.ceil(axes.yMax / yStep - 1e-9) * yStep);
  const x = (value: number) => LEFT + (Math.min(value, xMax) / xMax) * (WIDTH - LEFT - RIGHT);
  const y = (value: number) => HEIGHT - BOTTOM - (Math.min(value, yMax) / yMax) * (HEIGHT - TOP - BOTTOM);
  const grid: string[] = [];
  for (let tick = 0; tick <= yMax + 1e-9; tick += yStep) {
    grid.push(`<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${px(y(tick))}" y2="${px(y(tick))}"/>`);
    grid.push(`<text x="${LEFT - 8}" y="${px(y(tick) + 4)}" text-anchor="end">${label(tick)}</text>`);
  }
  for (let tick = 0; tick <= xMax + 1e-9; tick += xStep) {
    grid.push(`<text x="${px(x(tick))}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${label(tick)}</text>`);
  }
  const lines = series.map(({ name, tone, points }) => {
    const path = points.map(([px0, py0], i) => `${i === 0 ? 'M' : 'L'}${px(x(px0))} ${px(y(py0))}`).join('');
    return `<path class="line tone${tone}" d="${path}"><title>${escapeText(name)}</title></path>`;
  });
  return [
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeText(`${axes.yLabel} against ${axes.xLabel}`)}">`,
    ...grid,
    ...lines,
    `<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 6}" text-anchor="middle">${escapeText(axes.xLabel)}</text>`,
    `<text transform="translate(12 ${(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)" text-anchor="middle">${escapeText(axes.yLabel)}</text>`,
    '</svg>',
  ].join('');
}

/** One row per series: a dot per run and a bar at the median. The points' y is not looked at. */
export function dotPlot(
  series: readonly (Series & { readonly middle: number; readonly hollow: readonly boolean[] })[],
  xLabel: string,
): string {
  const rowHeight = 34;
  const left = 150;
  const height = TOP + series.length * rowHeight + BOTTOM;
  const largest = Math.max(...series.flatMap(({ points }) => points.map(([x]) => x)), 1e-9);
  const step = niceStep(largest);
  const max = Math.ceil(largest / step - 1e-9) * step;
  const x = (value: number) => left + (value / max) * (WIDTH - left - RIGHT - 40);
  const parts: string[] = [];
  for (let tick = 0; tick <= max + 1e-9; tick += step) {
    parts.push(`<line class="grid" x1="${px(x(tick))}" x2="${px(x(tick))}" y1="${TOP}" y2="${height - BOTTOM}"/>`);
    parts.push(`<text x="${px(x(tick))}" y="${height - BOTTOM + 18}" text-anchor="middle">${label(tick)}</text>`);
  }
  series.forEach(({ name, tone, points, middle, hollow }, row) => {
    const y = TOP + row * rowHeight + rowHeight / 2;
    parts.push(`<text class="name" x="${left - 12}" y="${y + 4}" text-anchor="end">${escapeText(name)}</text>`);
    parts.push(
      `<line class="middle tone${tone}" x1="${px(x(middle))}" x2="${px(x(middle))}" y1="${y - 11}" y2="${y + 11}"/>`,
    );
    points.forEach(([value], i) => {
      parts.push(
        `<circle class="${hollow[i] ? 'hollow' : 'dot'} tone${tone}" cx="${px(x(value))}" cy="${y}" r="4.5"><title>${value.toFixed(1)}</title></circle>`,
      );
    });
    const far = Math.max(middle, ...points.map(([value]) => value));
    parts.push(`<text class="value" x="${px(x(far) + 10)}" y="${y + 4}">${middle.toFixed(1)}</text>`);
  });
  parts.push(`<text x="${(left + WIDTH) / 2}" y="${height - 6}" text-anchor="middle">${escapeText(xLabel)}</text>`);
  return `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escapeText(xLabel)}">${parts.join('')}</svg>`;
}

/** 1, 2 or 5 times a power of ten, so that about TICKS of them reach `max`. */
function niceStep(max: number): number {
  const rough = Math.max(max, 1e-9) / TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const lead = rough / power;
  return (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10) * power;
}

function label(value: number): string {
  return String(Math.round(value * 1000) / 1000);
}

function px(value: number): string {
  return value.toFixed(1);
}
