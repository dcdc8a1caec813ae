import type { JunctionPicture } from '../junction.ts';
import { at, type ChartWords, COLOUR, dots, px, rowsOf, svg, WIDTH } from './frame.ts';

const ROW = 22;
const SPLIT_ROW = 46;
/** Greens longer than this, in tenths of a second, are drawn at the top of their row. */
const LONGEST = 1200;

/** Colour of each end of green, by its code in the log. */
export const REASON_COLOUR: Readonly<Record<number, string>> = {
  4: COLOUR.green,
  5: COLOUR.red,
  6: COLOUR.blue,
  0: COLOUR.quiet,
};

/** Phase termination chart: a dot at the end of each green, coloured by why it ended; a ring where a walk began. */
export function terminationStrip(picture: JunctionPicture, words: ChartWords): string {
  const { fromMs, phases } = picture;
  const { x, y, parts, height } = rowsOf(
    picture,
    phases.map(({ phase }) => String(phase)),
    ROW,
    words,
  );
  phases.forEach(({ green, yellow, red, reason, walks }, row) => {
    for (const code of [0, 4, 6, 5]) {
      const ends = green.flatMap((_, k) => {
        const end = yellow[k]! >= 0 ? yellow[k]! : red[k]!;
        return reason[k] === code && end >= 0 ? [at(x(fromMs + end * 100), y(row))] : [];
      });
      parts.push(dots(ends, REASON_COLOUR[code]!, code === 5 ? 5 : 4));
    }
    parts.push(
      dots(
        walks.map((walk) => at(x(fromMs + walk * 100), y(row) - 7)),
        COLOUR.ink,
        2.2,
        0.6,
      ),
    );
  });
  return svg(height, words, parts);
}

/** Split strip: a bar for each green of each phase, as high as it was long, coloured by why it ended, with yellow and red clearance. */
export function splitStrip(picture: JunctionPicture, words: ChartWords): string {
  const { fromMs, phases } = picture;
  const { x, y, parts, height } = rowsOf(
    picture,
    phases.map(({ phase }) => String(phase)),
    SPLIT_ROW,
    words,
  );
  phases.forEach(({ green, yellow, red, reason }, row) => {
    const lengths = green.map((begin, k) => (yellow[k]! >= 0 ? yellow[k]! : red[k]!) - begin);
    const usual = lengths.filter((length) => length > 0).sort((a, b) => a - b);
    const most = Math.min(LONGEST, usual[Math.floor(usual.length * 0.98)] ?? LONGEST) || 1;
    const foot = y(row) + SPLIT_ROW / 2 - 4;
    const scale = (SPLIT_ROW - 8) / most;
    for (const code of [0, 4, 6, 5]) {
      const d = green.flatMap((begin, k) => {
        const length = lengths[k]!;
        if (reason[k] !== code || length <= 0) return [];
        const left = x(fromMs + begin * 100);
        const width = Math.max(1, x(fromMs + (begin + length) * 100) - left);
        return [`M${px(left)} ${px(foot)}v${px(-Math.min(length, most) * scale)}h${px(width)}V${px(foot)}z`];
      });
      if (d.length > 0) parts.push(`<path fill="${REASON_COLOUR[code]}" fill-opacity="0.85" d="${d.join('')}"/>`);
    }
    parts.push(
      `<text x="${WIDTH - 16}" y="${px(foot - SPLIT_ROW + 18)}" text-anchor="end">${(most / 10).toFixed(0)} s</text>`,
    );
  });
  return svg(height, words, parts);
}
