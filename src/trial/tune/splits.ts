import highs from 'highs';
import type { Seconds } from '../../units/units.ts';
import type { LaneLoad } from './flows.ts';
import type { SignalStages, Timing } from './timing.ts';

// The package's types describe its CommonJS build; what is imported is the function itself.
const loadHighs = highs as unknown as typeof highs.default;
type Solver = Awaited<ReturnType<typeof loadHighs>>;

/** Places of the effective green at which the delay of a lane is computed, as shares of the cycle; straight lines between. */
const SHARES = [0.02, 0.05, 0.08, 0.12, 0.16, 0.2, 0.26, 0.33, 0.42, 0.55, 0.7, 0.85, 1];
/** The period over which a queue may grow, for the delay of an overload (HCM's usual quarter of an hour). */
const PERIOD_H = 0.25;

/** Loads the solver (HiGHS as WebAssembly). */
export function loadSolver(): Promise<Solver> {
  return loadHighs();
}

/**
 * Stages and greens of one signal for a cycle, with the least delay over its lanes by the Highway Capacity Manual's formula,
 * as a mixed-integer program: a stage may be left out where others serve its links. Null when the cycle is too short.
 * `all` keeps every stage.
 */
export function findSplits(
  solver: Solver,
  offer: SignalStages,
  loads: readonly LaneLoad[],
  cycleS: Seconds,
  all: boolean,
): Timing | null {
  const { stages, serves, rules } = offer;
  const change = rules.yellowS + rules.allRedS;
  const names = stages.map((_, s) => s);
  const lanes = loads.filter(({ ratio, share }) => ratio > 0 && share.some((part) => part > 0));
  const rows = lanes.flatMap(({ ratio, saturationPerH, share }, lane) => {
    const green = names.filter((s) => share[s]! > 0).map((s) => [s, share[s]!] as const);
    return listTangents(ratio, saturationPerH, cycleS).map(({ slope, level }, k) => {
      const terms = green.map(([s, part]) => `${format((-slope / cycleS) * part)} g${s}`).join(' ');
      return `t${lane}_${k}: d${lane} ${terms} >= ${level.toFixed(5)}`;
    });
  });
  const cost = lanes.map(({ ratio }, lane) => `${format(ratio)} d${lane}`).join(' ');
  const covers = [...new Set(serves.flat())].map((link) => {
    const serving = names.filter((s) => serves[s]!.includes(link)).map((s) => `b${s}`);
    return `c${link}: ${serving.join(' + ')} >= 1`;
  });
  const bounds = names.flatMap((s) => [
    `u${s}: g${s} - ${cycleS} b${s} <= 0`,
    `l${s}: g${s} - ${stages[s]!.leastS} b${s} >= 0`,
  ]);
  const whole = `w: ${names.map((s) => `g${s} + ${change} b${s}`).join(' + ')} = ${cycleS}`;
  const { Status, Columns } = solver.solve(
    [
      `Minimize\n obj: ${cost === '' ? '0 g0' : cost}`,
      `Subject To\n ${[...rows, ...covers, ...bounds, whole].join('\n ')}`,
      all ? `Bounds\n ${names.map((s) => `b${s} = 1`).join('\n ')}` : '',
      `Binary\n ${names.map((s) => `b${s}`).join(' ')}`,
      'End',
    ].join('\n'),
  );
  if (Status !== 'Optimal') return null;
  const value = (name: string): number => {
    const column = Columns[name];
    return column !== undefined && 'Primal' in column ? (column.Primal ?? 0) : 0;
  };
  const used = names.filter((s) => value(`b${s}`) > 0.5);
  const wishes = used.map((s) => value(`g${s}`));
  return { stages: used, greensS: roundGreens(offer, used, wishes, cycleS), offsetS: 0 };
}

function format(factor: number): string {
  return `${factor < 0 ? '-' : '+'} ${Math.abs(factor).toFixed(6)}`;
}

/** The lines between the computed points of a lane's delay over its share of green; the highest of them is the delay. */
function listTangents(ratio: number, saturationPerH: number, cycleS: Seconds): { slope: number; level: number }[] {
  const delays = SHARES.map((share) => delayOf(ratio, saturationPerH, share, cycleS));
  return SHARES.slice(1).map((share, k) => {
    const before = SHARES[k]!;
    const slope = (delays[k + 1]! - delays[k]!) / (share - before);
    return { slope, level: delays[k]! - slope * before };
  });
}

/** Mean delay of a lane's vehicles, seconds: uniform arrivals and the growth of queues (HCM 2010, equations 18-20 and 18-45). */
function delayOf(ratio: number, saturationPerH: number, share: number, cycleS: Seconds): Seconds {
  const x = ratio / share;
  const uniform = (0.5 * cycleS * (1 - share) ** 2) / (1 - Math.min(1, x) * share);
  const capacity = saturationPerH * share;
  const over = x - 1;
  const growth = 900 * PERIOD_H * (over + Math.sqrt(over ** 2 + (4 * x) / (capacity * PERIOD_H)));
  return (share >= 1 ? 0 : uniform) + growth;
}

/** Whole seconds that make up the cycle with the true changes between the stages, none under its least. */
export function roundGreens(
  offer: SignalStages,
  stages: readonly number[],
  wishesS: readonly number[],
  cycleS: Seconds,
): Seconds[] {
  const { changeS } = offer;
  const n = offer.stages.length;
  const lost =
    stages.length === 1
      ? 0
      : stages.reduce((sum, stage, k) => sum + changeS[stage * n + stages[(k + 1) % stages.length]!]!, 0);
  const least = stages.map((stage) => offer.stages[stage]!.leastS);
  const greens = stages.map((_, k) => Math.max(least[k]!, Math.round(wishesS[k]!)));
  let over = greens.reduce((sum, green) => sum + green, 0) + lost - cycleS;
  while (over !== 0) {
    const step = over > 0 ? -1 : 1;
    let best = -1;
    greens.forEach((green, k) => {
      if (step < 0 && green <= least[k]!) return;
      const gap = (green - wishesS[k]!) * step;
      if (best < 0 || gap < (greens[best]! - wishesS[best]!) * step) best = k;
    });
    if (best < 0) break;
    greens[best]! += step;
    over += step;
  }
  return greens;
}
