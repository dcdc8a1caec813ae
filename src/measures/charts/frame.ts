/**
 * Charts as SVG text: the same in a report, on the page and in an exported file. Colours are variables with a value to
 * fall back on, so a page may set its own and a file that stands alone still has some.
 */
import { escapeText } from '../../read/written.ts';

/** Words and the time of day on a chart, in the reader's language. */
export interface ChartWords {
  readonly label: string;
  readonly yLabel: string;
  /** Hours and minutes of a moment, in the signal's time zone. */
  clock(timeMs: number): string;
}

/** The stretch of time that a chart shows, UTC milliseconds. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

export const WIDTH = 1120;
export const LEFT = 56;
const RIGHT = 14;
const TOP = 10;
const FOOT = 26;

export const COLOUR = {
  ink: 'var(--chart-ink, #1f2933)',
  quiet: 'var(--chart-quiet, #66727f)',
  grid: 'var(--chart-grid, #dfe4ea)',
  ground: 'var(--chart-ground, #ffffff)',
  green: 'var(--chart-green, #1c9e6b)',
  yellow: 'var(--chart-yellow, #d19a00)',
  red: 'var(--chart-red, #d43c4c)',
  blue: 'var(--chart-blue, #2f77c9)',
} as const;

/** Steps of a time axis, from 10 seconds to 12 hours. */
const TIME_STEPS_MS = [10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200].map((s) => s * 1000);
const TIME_TICKS = 12;
const VALUE_TICKS = 5;

/** Where moments and values lie in a chart of a height, and its grid with numbers. */
export interface Frame {
  readonly x: (timeMs: number) => number;
  readonly y: (value: number) => number;
  readonly parts: string[];
}

/** A frame with the time of day below and values from 0 to at least `most` at the left. */
export function frameOf(span: Span, height: number, most: number, words: ChartWords, width = WIDTH): Frame {
  const step = niceStep(most);
  const top = Math.max(step, Math.ceil(most / step - 1e-9) * step);
  const y = (value: number) => height - FOOT - (Math.min(value, top) / top) * (height - TOP - FOOT);
  const parts: string[] = [];
  for (let tick = 0; tick <= top + 1e-9; tick += step)
    parts.push(...rule(y(tick), String(Math.round(tick * 1000) / 1000), width));
  const middle = (TOP + height - FOOT) / 2;
  parts.push(
    `<text transform="translate(12 ${px(middle)}) rotate(-90)" text-anchor="middle">${escapeText(words.yLabel)}</text>`,
  );
  const x = timeAxis(span, height, words, parts, width);
  return { x, y, parts };
}

/** A frame with the time of day below and a named row for each of `names`; `y` takes the number of a row. */
export function rowsOf(
  span: Span,
  names: readonly string[],
  rowHeight: number,
  words: ChartWords,
): Frame & { height: number } {
  const height = TOP + names.length * rowHeight + FOOT;
  const y = (row: number) => TOP + (row + 0.5) * rowHeight;
  const parts = names.flatMap((name, row) => rule(y(row), name, WIDTH));
  const x = timeAxis(span, height, words, parts, WIDTH);
  return { x, y, parts, height };
}

function rule(y: number, label: string, width: number): string[] {
  return [
    `<path stroke="${COLOUR.grid}" d="M${LEFT} ${px(y)}H${width - RIGHT}"/>`,
    `<text x="${LEFT - 8}" y="${px(y + 4)}" text-anchor="end">${escapeText(label)}</text>`,
  ];
}

function timeAxis(
  { fromMs, toMs }: Span,
  height: number,
  { clock }: ChartWords,
  parts: string[],
  width: number,
): Frame['x'] {
  const lengthMs = Math.max(1, toMs - fromMs);
  const x = (timeMs: number) => LEFT + ((timeMs - fromMs) / lengthMs) * (width - LEFT - RIGHT);
  const step = TIME_STEPS_MS.find((ms) => lengthMs / ms <= (TIME_TICKS * width) / WIDTH) ?? 86_400_000;
  for (let tick = Math.ceil(fromMs / step) * step; tick <= toMs; tick += step) {
    parts.push(`<path stroke="${COLOUR.grid}" d="M${px(x(tick))} ${height - FOOT}v4"/>`);
    const anchor = x(tick) > width - RIGHT - 16 ? 'end' : 'middle';
    parts.push(`<text x="${px(x(tick))}" y="${height - 8}" text-anchor="${anchor}">${escapeText(clock(tick))}</text>`);
  }
  return x;
}

/** The finished drawing. */
export function svg(height: number, { label }: ChartWords, parts: readonly string[], width = WIDTH): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeText(label)}"`,
    ` font-family="Inter, 'Noto Sans', 'Noto Sans CJK SC', sans-serif" font-size="11" fill="${COLOUR.quiet}">`,
    ...parts,
    '</svg>',
  ].join('');
}

/** One path of round dots: thousands of them cost one element. */
export function dots(places: readonly string[], colour: string, diameter: number, opacity = 1): string {
  if (places.length === 0) return '';
  const d = places.map((place) => `M${place}h0`).join('');
  return `<path fill="none" stroke="${colour}" stroke-width="${diameter}" stroke-opacity="${opacity}" stroke-linecap="round" d="${d}"/>`;
}

/** A line through places; those that are null break it. */
export function line(places: readonly (string | null)[], colour: string, width: number): string {
  let pen = 'M';
  let d = '';
  for (const place of places) {
    if (place !== null) d += `${pen}${place}`;
    pen = place === null ? 'M' : 'L';
  }
  return d === ''
    ? ''
    : `<path fill="none" stroke="${colour}" stroke-width="${width}" stroke-linejoin="round" d="${d}"/>`;
}

export function at(x: number, y: number): string {
  return `${px(x)} ${px(y)}`;
}

export function px(value: number): string {
  return value.toFixed(1);
}

/** 1, 2 or 5 times a power of ten, so that about five of them reach `most`. */
function niceStep(most: number): number {
  const rough = Math.max(most, 1e-9) / VALUE_TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const lead = rough / power;
  return (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10) * power;
}
