import type { JunctionPicture, PhaseTimes } from '../junction.ts';
import { at, type ChartWords, COLOUR, dots, frameOf, line, svg } from './frame.ts';

const HEIGHT = 260;
/** Cycles longer than this, in tenths of a second, are a pause and not a cycle: the lines break there. */
const LONGEST = 4000;

/** The part of hits in green, and how many there are. */
export interface GreenShare {
  readonly hits: number;
  readonly onGreen: number;
}

/**
 * Purdue coordination diagram of one phase: each hit over the time of day at its second in the cycle, which begins with red;
 * lines where green, yellow and the next red begin (Day et al., Purdue 2014, chapter 4).
 */
export function coordinationDiagram(picture: JunctionPicture, phase: PhaseTimes, words: ChartWords): string {
  const { fromMs } = picture;
  const { green, yellow, hits } = phase;
  const begins = beginsOf(phase);
  const lengths = begins.slice(1).map((begin, i) => begin - begins[i]!);
  const usual = lengths.filter((length) => length > 0 && length <= LONGEST).sort((a, b) => a - b);
  const most = (usual[Math.floor(usual.length * 0.98)] ?? 1200) / 10;
  const { x, y, parts } = frameOf(picture, HEIGHT, most, words);
  const place = (tenths: number, begin: number) => at(x(fromMs + tenths * 100), y((tenths - begin) / 10));
  const greens: (string | null)[] = [];
  const yellows: (string | null)[] = [];
  const reds: (string | null)[] = [];
  begins.forEach((begin, k) => {
    const end = begins[k + 1] ?? begin;
    const on = greenIn(green, begin, end);
    if (end <= begin || end - begin > LONGEST || on < 0) {
      for (const column of [greens, yellows, reds]) column.push(null);
      return;
    }
    greens.push(place(green[on]!, begin));
    yellows.push(yellow[on]! < 0 ? null : place(yellow[on]!, begin));
    reds.push(at(x(fromMs + end * 100), y((end - begin) / 10)));
  });
  const inGreen: string[] = [];
  const others: string[] = [];
  let cycle = 0;
  let on = 0;
  for (const hit of hits) {
    while (cycle + 1 < begins.length && begins[cycle + 1]! <= hit) cycle++;
    while (on + 1 < green.length && green[on + 1]! <= hit) on++;
    const begin = begins[cycle];
    if (begin === undefined || hit < begin || hit - begin > LONGEST) continue;
    const isGreen = green[on] !== undefined && green[on]! <= hit && (yellow[on]! < 0 || hit < yellow[on]!);
    (isGreen ? inGreen : others).push(place(hit, begin));
  }
  const size = hits.length > 3000 ? 1.6 : hits.length > 500 ? 2.2 : 3.2;
  parts.push(
    line(reds, COLOUR.red, 1.2),
    line(yellows, COLOUR.yellow, 1),
    line(greens, COLOUR.green, 1.4),
    dots(others, COLOUR.ink, size),
    dots(inGreen, COLOUR.blue, size),
  );
  return svg(HEIGHT, words, parts);
}

/** Hits of the phase and how many of them came in green (from begin of green to begin of yellow). */
export function shareOnGreen({ green, yellow, red, hits }: PhaseTimes): GreenShare {
  let onGreen = 0;
  let known = 0;
  let on = -1;
  for (const hit of hits) {
    while (on + 1 < green.length && green[on + 1]! <= hit) on++;
    if (on < 0) continue;
    known++;
    const until = yellow[on]! >= 0 ? yellow[on]! : red[on]! >= 0 ? red[on]! : Number.POSITIVE_INFINITY;
    if (hit < until) onGreen++;
  }
  return { hits: known, onGreen };
}

/** Begins of red, one a cycle. */
function beginsOf({ red, yellow, green }: PhaseTimes): number[] {
  return green.flatMap((_, k) => (red[k]! >= 0 ? [red[k]!] : yellow[k]! >= 0 ? [yellow[k]!] : []));
}

/** Place of the first green in a cycle; -1 when it has none. */
function greenIn(green: readonly number[], begin: number, end: number): number {
  let [low, high] = [0, green.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (green[middle]! < begin) low = middle + 1;
    else high = middle;
  }
  return low < green.length && green[low]! < end ? low : -1;
}
