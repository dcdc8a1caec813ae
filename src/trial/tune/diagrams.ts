import { escapeText } from '../../read/written.ts';
import type { CorridorStop } from './corridor.ts';
import { changeAfter, cycleOf, type SignalStages, type Timing } from './timing.ts';

const WIDTH = 1120;
const LEFT = 190;
const RIGHT = 16;
const ROW = 26;
const BAR = 15;
const FOOT = 34;
const HEIGHT = 420;
const CYCLES_SHOWN = 3;
const TICKS = 10;
const TONES = 6;
const NAME_LENGTH = 26;

/** The corridor's greens over time and distance (SVG): bars where the light is green, lines that those drive who start with the first green. */
export function timeSpacePlot(stops: readonly CorridorStop[], nameOf: (signal: number) => string): string {
  const last = stops.at(-1);
  if (last === undefined) return '';
  const untilS = CYCLES_SHOWN * Math.max(...stops.map(({ cycleS }) => cycleS)) + last.atS;
  const x = (seconds: number) => LEFT + (seconds / untilS) * (WIDTH - LEFT - RIGHT);
  const y = (metres: number) => HEIGHT - FOOT - 14 - (metres / Math.max(1, last.atM)) * (HEIGHT - FOOT - 34);
  const parts = axis(untilS, x, HEIGHT);
  for (const { signal, atM, cycleS, offsetS, greens } of stops) {
    parts.push(`<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${px(y(atM))}" y2="${px(y(atM))}"/>`);
    parts.push(name(nameOf(signal), y(atM)));
    for (const [begin, end] of repeat(greens, offsetS, cycleS, untilS)) {
      parts.push(
        `<rect class="tone3" fill="currentColor" x="${px(x(begin))}" y="${px(y(atM) - 4)}" width="${px(x(end) - x(begin))}" height="8" rx="2"/>`,
      );
    }
  }
  const [first] = stops;
  for (const [begin, end] of repeat(first!.greens, first!.offsetS, first!.cycleS, untilS - last.atS)) {
    for (const start of [begin, end]) {
      const path = stops.map(({ atM, atS }, i) => `${i === 0 ? 'M' : 'L'}${px(x(start + atS))} ${px(y(atM))}`).join('');
      parts.push(`<path class="line tone2" style="stroke-width:1.2" d="${path}"/>`);
    }
  }
  return svg(HEIGHT, 'greens along the corridor over time and distance', parts);
}

/** The stages of every signal over one cycle (SVG), from its offset. */
export function timingBars(
  rows: readonly { readonly name: string; readonly offer: SignalStages; readonly timing: Timing }[],
): string {
  const longestS = Math.max(...rows.map(({ offer, timing }) => cycleOf(offer, timing)), 1);
  const height = rows.length * ROW + FOOT;
  const x = (seconds: number) => LEFT + (seconds / longestS) * (WIDTH - LEFT - RIGHT);
  const parts = axis(longestS, x, height);
  rows.forEach(({ name: label, offer, timing }, row) => {
    const middle = row * ROW + ROW / 2;
    parts.push(name(label, middle));
    let at = 0;
    timing.stages.forEach((stage, place) => {
      const greenS = timing.greensS[place]!;
      const words = `stage ${offer.stages[stage]!.phase}: ${greenS} s`;
      parts.push(
        `<rect class="tone${stage % TONES}" fill="currentColor" x="${px(x(at))}" y="${px(middle - BAR / 2)}" width="${px(x(greenS) - x(0))}" height="${BAR}" rx="3"><title>${words}</title></rect>`,
        `<text x="${px(x(at + greenS / 2))}" y="${px(middle + 4)}" text-anchor="middle" style="fill:var(--card)">${offer.stages[stage]!.phase}: ${greenS}</text>`,
      );
      at += greenS + changeAfter(offer, timing, place);
    });
  });
  return svg(height, 'stages of every signal over one cycle', parts);
}

/** All greens that begin before `untilS`. */
function repeat(
  greens: CorridorStop['greens'],
  offsetS: number,
  cycleS: number,
  untilS: number,
): (readonly [number, number])[] {
  const shown: (readonly [number, number])[] = [];
  for (let round = -1; (round + 1) * cycleS < untilS + cycleS; round++) {
    for (const [begin, end] of greens) {
      const from = Math.max(0, begin + offsetS + round * cycleS);
      const to = Math.min(untilS, end + offsetS + round * cycleS);
      if (from < to) shown.push([from, to]);
    }
  }
  return shown;
}

function axis(untilS: number, x: (seconds: number) => number, height: number): string[] {
  const step = Math.max(5, Math.ceil(untilS / TICKS / 5) * 5);
  const parts: string[] = [];
  for (let tick = 0; tick <= untilS; tick += step) {
    parts.push(`<line class="grid" x1="${px(x(tick))}" x2="${px(x(tick))}" y1="0" y2="${height - FOOT}"/>`);
    parts.push(`<text x="${px(x(tick))}" y="${height - FOOT + 16}" text-anchor="middle">${tick} s</text>`);
  }
  return parts;
}

function name(text: string, y: number): string {
  const short = text.length > NAME_LENGTH ? `${text.slice(0, NAME_LENGTH - 1)}…` : text;
  return `<text class="name" x="${LEFT - 10}" y="${px(y + 4)}" text-anchor="end">${escapeText(short)}<title>${escapeText(text)}</title></text>`;
}

function svg(height: number, label: string, parts: readonly string[]): string {
  return `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${label}">${parts.join('')}</svg>`;
}

function px(value: number): string {
  return value.toFixed(1);
}
