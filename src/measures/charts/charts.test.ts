import { describe, expect, it } from 'vitest';
import type { JunctionPicture, PhaseTimes } from '../junction.ts';
import { binChart } from './bins.ts';
import { coordinationDiagram, shareOnGreen } from './coordination.ts';
import { COLOUR } from './frame.ts';
import { splitStrip, terminationStrip } from './strips.ts';
import { timeSpaceDiagram } from './time-space.ts';

/** Ten cycles of 60 s, green from second 30 to 50; a hit at each second of the first cycle that begins with red. */
const PHASE: PhaseTimes = {
  phase: 2,
  green: Array.from({ length: 10 }, (_, k) => k * 600 + 300),
  yellow: Array.from({ length: 10 }, (_, k) => k * 600 + 500),
  red: Array.from({ length: 10 }, (_, k) => k * 600 + 540),
  reason: [4, 5, 6, 0, 4, 4, 4, 4, 4, 4],
  hits: Array.from({ length: 60 }, (_, s) => 540 + s * 10),
  hitsAre: 'Advance',
  presses: [],
  walks: [300],
};
const PICTURE: JunctionPicture = { device: '<7>', fromMs: 0, toMs: 600_000, phases: [PHASE] };
const WORDS = { label: 'a & b', yLabel: 's', clock: (timeMs: number) => String(timeMs / 1000) };

const dotsOf = (svg: string, colour: string): number =>
  [...svg.matchAll(/<path fill="none" stroke="([^"]+)"[^>]*stroke-linecap="round" d="([^"]+)"/g)]
    .filter(([, stroke]) => stroke === colour)
    .reduce((sum, [, , d]) => sum + (d ?? '').split('h0').length - 1, 0);

describe('the coordination diagram', () => {
  it('draws each hit once, those in green apart', () => {
    const svg = coordinationDiagram(PICTURE, PHASE, WORDS);
    expect(dotsOf(svg, COLOUR.blue)).toBe(20);
    expect(dotsOf(svg, COLOUR.ink)).toBe(40);
  });

  it('counts the share of hits on green from begin of green to begin of yellow', () => {
    expect(shareOnGreen(PHASE)).toEqual({ hits: 60, onGreen: 20 });
  });
});

describe('the strips', () => {
  it('mark every end of green in the colour of its reason', () => {
    const svg = terminationStrip(PICTURE, WORDS);
    expect([COLOUR.green, COLOUR.red, COLOUR.blue, COLOUR.quiet].map((colour) => dotsOf(svg, colour))).toEqual([
      7, 1, 1, 1,
    ]);
  });

  it('draw a bar for every green', () => {
    expect(splitStrip(PICTURE, WORDS).match(/h[\d.]+V/g)).toHaveLength(10);
  });
});

describe('every chart', () => {
  const place = (atM: number) => ({ device: '<7>', picture: PICTURE, atM, forward: 2, back: 0 });
  const charts = {
    coordination: coordinationDiagram(PICTURE, PHASE, WORDS),
    terminations: terminationStrip(PICTURE, WORDS),
    splits: splitStrip(PICTURE, WORDS),
    'time-space': timeSpaceDiagram(PICTURE, [place(0), place(400)], 15, WORDS),
    bins: binChart(
      PICTURE,
      [
        {
          name: 'a',
          colour: COLOUR.blue,
          points: [
            [0, 3],
            [300_000, Number.NaN],
          ],
        },
      ],
      300_000,
      WORDS,
    ),
    'of nothing': terminationStrip({ ...PICTURE, phases: [] }, WORDS),
    'of a phase that was never green': coordinationDiagram(
      PICTURE,
      { ...PHASE, green: [], yellow: [], red: [], reason: [] },
      WORDS,
    ),
  };
  it.each(Object.entries(charts))('%s: is whole and escapes its words', (_, svg) => {
    expect(svg).toMatch(/^<svg .*<\/svg>$/s);
    expect(svg).toContain('a &amp; b');
    expect(svg).not.toMatch(/NaN|undefined|Infinity|<7>/);
  });
});
