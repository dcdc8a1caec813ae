import { at, type ChartWords, dots, frameOf, line, type Span, svg } from './frame.ts';

const HEIGHT = 190;
/** Two stand beside each other. */
const NARROW = 560;

/** One line of a chart by bins: a value at the begin of each, NaN where there is none. */
export interface BinSeries {
  readonly name: string;
  readonly colour: string;
  readonly points: readonly (readonly [timeMs: number, value: number])[];
}

/** Lines over bins of time (SVG), values from 0. */
export function binChart(
  span: Span,
  series: readonly BinSeries[],
  binMs: number,
  words: ChartWords,
  atLeast = 1,
): string {
  const values = series.flatMap(({ points }) => points.map(([, value]) => value).filter(Number.isFinite));
  const { x, y, parts } = frameOf(span, HEIGHT, Math.max(atLeast, ...values), words, NARROW);
  for (const { colour, points } of series) {
    const places = points.map(([timeMs, value]) =>
      Number.isFinite(value) ? at(x(timeMs + binMs / 2), y(value)) : null,
    );
    parts.push(line(places, colour, 1.8));
    parts.push(
      dots(
        places.filter((place) => place !== null),
        colour,
        4,
      ),
    );
  }
  return svg(HEIGHT, words, parts, NARROW);
}
