import { escapeText } from '../../read/written.ts';
import type { CorridorStop } from '../corridor.ts';
import type { JunctionPicture } from '../junction.ts';
import { at, type ChartWords, COLOUR, frameOf, line, px, type Span, svg } from './frame.ts';

const HEIGHT = 420;

/** A junction of a corridor with its greens. */
export interface CorridorPlace extends CorridorStop {
  readonly picture: JunctionPicture;
}

/**
 * Time-space diagram of a corridor as it really ran: bars where the phase of each direction was green (above the line the
 * forward one), and the ways of those who leave each forward and backward green's begin and end at the speed of progression.
 */
export function timeSpaceDiagram(
  span: Span,
  places: readonly CorridorPlace[],
  speedMps: number,
  words: ChartWords,
): string {
  const along = [...places].sort((a, b) => a.atM - b.atM);
  const [first, last] = [along[0], along.at(-1)];
  if (first === undefined || last === undefined || last.atM <= first.atM) return '';
  const lengthM = last.atM - first.atM;
  const { x, y, parts } = frameOf(span, HEIGHT, lengthM, words);
  const within = (timeMs: number) => Math.min(span.toMs, Math.max(span.fromMs, timeMs));
  for (const { device, picture, atM, forward, back } of along) {
    const level = y(atM - first.atM);
    parts.push(
      `<text x="${px(x(span.toMs) - 4)}" y="${px(level - 8)}" text-anchor="end" fill="${COLOUR.ink}">${escapeText(device)}</text>`,
    );
    for (const [phase, up, colour] of [
      [forward, -5, COLOUR.green],
      [back, 1, COLOUR.blue],
    ] as const) {
      const d = greensOf(picture, phase)
        .filter(([begin, end]) => end > span.fromMs && begin < span.toMs)
        .map(([begin, end]) => {
          const left = x(within(begin));
          return `M${px(left)} ${px(level + up)}h${px(Math.max(0.8, x(within(end)) - left))}v4H${px(left)}z`;
        });
      if (d.length > 0) parts.push(`<path fill="${colour}" d="${d.join('')}"/>`);
    }
  }
  const travelMs = (lengthM / speedMps) * 1000;
  const ways = (from: CorridorPlace, phase: number, begin: number, end: number, colour: string) => {
    for (const green of greensOf(from.picture, phase)) {
      for (const leaveMs of green) {
        if (leaveMs < span.fromMs || leaveMs + travelMs > span.toMs) continue;
        parts.push(line([at(x(leaveMs), y(begin)), at(x(leaveMs + travelMs), y(end))], colour, 0.9));
      }
    }
  };
  ways(first, first.forward, 0, lengthM, COLOUR.green);
  ways(last, last.back, lengthM, 0, COLOUR.blue);
  return svg(HEIGHT, words, parts);
}

function greensOf({ fromMs, toMs, phases }: JunctionPicture, phase: number): (readonly [number, number])[] {
  const found = phases.find((candidate) => candidate.phase === phase);
  if (found === undefined) return [];
  return found.green.map((begin, k) => {
    const end = found.yellow[k]! >= 0 ? found.yellow[k]! : found.red[k]!;
    return [fromMs + begin * 100, end >= 0 ? fromMs + end * 100 : toMs] as const;
  });
}
