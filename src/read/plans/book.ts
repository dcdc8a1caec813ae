import { directionOf } from '../../city/build-line.ts';
import type { City, Turn } from '../../city/city.ts';
import type { Detector, RingPlan, ScheduleRow } from '../../city/control.ts';
import { UrbaneError } from '../../units/errors.ts';

/**
 * Timing plans as traffic engineers keep them (NEMA TS 2: phases in rings between barriers). Movements are named by words:
 * `NBL` (heading and turn: of all roads that arrive northbound, those that turn left), or `ROAD:left+straight` with a road's id.
 */
export interface PlanBook {
  readonly plans: readonly TimingPlan[];
  readonly schedule: readonly PlanTime[];
  readonly detectors: readonly DetectorRow[];
}

/** One plan of one signal. */
export interface TimingPlan extends RingPlan {
  readonly signal: string;
  readonly plan: string;
}

/** A row of one signal's schedule by the name of a plan. */
export interface PlanTime extends Omit<ScheduleRow, 'program'> {
  readonly signal: string;
  readonly plan: string;
}

/** A detector by the names of its signal and lane; `lane` is a lane's id or a movement word. */
export interface DetectorRow extends Omit<Detector, 'signal' | 'lane'> {
  readonly signal: string;
  readonly lane: string;
}

/** UTDF's headings, clockwise from north. */
export const HEADINGS = ['NB', 'NE', 'EB', 'SE', 'SB', 'SW', 'WB', 'NW'] as const;
const TURN_OF: Readonly<Record<string, readonly Turn[]>> = { L: ['left', 'u-turn'], T: ['straight'], R: ['right'] };
const LETTER: Readonly<Record<Turn, string>> = { left: 'L', 'u-turn': 'L', straight: 'T', right: 'R' };

/** The heading a road arrives with at its end. */
export function headingOf(city: City, road: number): (typeof HEADINGS)[number] {
  const shape = city.lanes[city.roads[road]?.firstLane ?? -1]?.shape ?? [0, 0, 0, 1];
  const { x, y } = directionOf(shape, true);
  const eighth = Math.round(Math.atan2(x, y) / (Math.PI / 4));
  return HEADINGS[(eighth + 8) % 8] ?? 'NB';
}

/** Finds links by movement words on one signal. */
export class MovementWords {
  private readonly links: readonly {
    readonly road: string;
    readonly heading: string;
    readonly turns: readonly Turn[];
  }[];
  private readonly place: string;

  constructor(city: City, signal: number, place: string) {
    this.place = place;
    this.links = (city.signals[signal]?.links ?? []).map((movements) => {
      const road = city.lanes[city.movements[movements[0] ?? -1]?.fromLane ?? -1]?.road ?? -1;
      return {
        road: city.roads[road]?.id ?? '',
        heading: road < 0 ? '' : headingOf(city, road),
        turns: movements.flatMap((m) => city.movements[m]?.turn ?? []),
      };
    });
  }

  /** By link its word: heading and turn where one road alone arrives so, otherwise road and turn; null for a crossing. */
  listWords(): (string | null)[] {
    return this.links.map(({ road, heading, turns }) => {
      const [turn] = turns;
      if (turn === undefined) return null;
      const isAlone = this.links.every((other) => other.heading !== heading || other.road === road);
      return isAlone ? `${heading}${LETTER[turn]}` : `${road}:${turn}`;
    });
  }

  /** True when the word names a movement of the signal. */
  has(word: string): boolean {
    return this.list(word).length > 0;
  }

  /** Links a word names. Throws UrbaneError `bad-input` when it names none. */
  find(word: string): number[] {
    const found = this.list(word);
    if (found.length > 0) return found;
    const known = [
      ...new Set(
        this.links.map(({ heading, turns, road }) =>
          road === '' ? '' : `${heading}${LETTER[turns[0] ?? 'straight']}`,
        ),
      ),
    ];
    throw new UrbaneError(
      'bad-input',
      `${this.place} names movement "${word.slice(0, 60)}", which the signal does not have.`,
      `It has ${known.filter((name) => name !== '').join(', ')}.`,
    );
  }

  private list(word: string): number[] {
    const compass = /^(NB|NE|EB|SE|SB|SW|WB|NW)([LTR])$/.exec(word);
    const byRoad = /^(.+?):([a-z+-]+)$/.exec(word);
    const names = (turns: readonly Turn[], wanted: readonly string[]) => turns.some((turn) => wanted.includes(turn));
    return this.links.flatMap(({ road, heading, turns }, link) => {
      if (compass !== null)
        return heading === compass[1] && names(turns, TURN_OF[compass[2] ?? ''] ?? []) ? [link] : [];
      if (byRoad !== null) return road === byRoad[1] && names(turns, (byRoad[2] ?? '').split('+')) ? [link] : [];
      return road === word ? [link] : [];
    });
  }
}

/** The road word of a link: `ROAD:turn`. */
export function roadWord(city: City, signal: number, link: number): string | null {
  const movement = city.movements[city.signals[signal]?.links[link]?.[0] ?? -1];
  if (movement === undefined) return null;
  return `${city.roads[city.lanes[movement.fromLane]?.road ?? -1]?.id}:${movement.turn}`;
}

/**
 * Checks what a book says of itself: phases once, rings that come to the cycle and to the same barrier together, splits that
 * hold their greens, detectors on phases there are (where the signal has plans), schedules of plans there are. Throws UrbaneError `bad-input`.
 */
export function checkBook({ plans, schedule, detectors }: PlanBook): void {
  const known = new Map<string, Set<number>>();
  for (const plan of plans) {
    checkPlan(plan);
    const phases = known.get(plan.signal) ?? new Set();
    known.set(plan.signal, phases);
    for (const { phase } of plan.phases) phases.add(phase);
  }
  const refuse = (sentence: string, remedy: string) => new UrbaneError('bad-input', sentence, remedy);
  for (const { signal, channel, phase } of detectors) {
    const phases = known.get(signal);
    if (phases === undefined || phases.has(phase) || phase === 0) continue;
    throw refuse(
      `Detector ${channel} of signal ${signal} calls phase ${phase}, which no plan of the signal has.`,
      `Name a phase of the signal (${[...phases].join(', ')}), or add the phase.`,
    );
  }
  for (const { signal, plan } of schedule) {
    if (plans.some((one) => one.signal === signal && one.plan === plan)) continue;
    throw refuse(
      `The schedule of signal ${signal} names plan "${plan}", which it does not have.`,
      'Add the plan or correct its name.',
    );
  }
}

function checkPlan({ signal, plan, cycleS, phases, reference }: TimingPlan): void {
  const where = `plan "${plan}" of signal ${signal}`;
  const refuse = (sentence: string, remedy: string) => new UrbaneError('bad-input', `${sentence}.`, remedy);
  const seen = new Set<number>();
  const places = new Set<string>();
  for (const { phase, ring, barrier, position, splitS, minGreenS, yellowS, allRedS, walkS, pedClearS } of phases) {
    if (seen.has(phase)) throw refuse(`In ${where} phase ${phase} stands twice`, 'Leave one row out.');
    seen.add(phase);
    const place = `${ring} ${barrier} ${position}`;
    if (places.has(place))
      throw refuse(
        `In ${where} two phases stand in ring ${ring}, barrier ${barrier}, position ${position}`,
        'Give each its own position.',
      );
    places.add(place);
    const least = minGreenS + yellowS + allRedS;
    if (splitS > 0 && splitS < least)
      throw refuse(
        `In ${where} phase ${phase} has a split of ${splitS} s, less than its minimum green, yellow and all-red (${least} s)`,
        'Lengthen the split or correct the three.',
      );
    if (walkS > 0 && splitS > 0 && walkS + pedClearS + yellowS + allRedS > splitS)
      throw refuse(
        `In ${where} phase ${phase} has a split of ${splitS} s, less than walk, pedestrian clearance, yellow and all-red (${walkS + pedClearS + yellowS + allRedS} s)`,
        'Lengthen the split or correct the times of those who walk.',
      );
  }
  if (reference !== null && !seen.has(reference))
    throw refuse(`In ${where} the reference phase ${reference} is missing`, 'Name a phase of the plan.');
  const rings = [...new Set(phases.map(({ ring }) => ring))].sort((a, b) => a - b);
  const barriers = [...new Set(phases.map(({ barrier }) => barrier))].sort((a, b) => a - b);
  const sums = rings.map((ring) =>
    barriers.map((barrier) =>
      phases.reduce((sum, one) => sum + (one.ring === ring && one.barrier === barrier ? one.splitS : 0), 0),
    ),
  );
  rings.forEach((ring, r) => {
    const total = (sums[r] ?? []).reduce((sum, splitS) => sum + splitS, 0);
    const whole = barriers.reduce((sum, _, b) => sum + Math.max(...sums.map((of) => of[b] ?? 0)), 0);
    if (Math.abs(Math.max(total, whole) - cycleS) > 0.05)
      throw refuse(
        `In ${where} the splits of ring ${ring} come to ${total} s, the cycle is ${cycleS} s`,
        'Change the splits or the cycle until they agree.',
      );
    barriers.forEach((barrier, b) => {
      const other = sums[0]?.[b] ?? 0;
      const own = sums[r]?.[b] ?? 0;
      if (own > 0 && other > 0 && Math.abs(own - other) > 0.05)
        throw refuse(
          `In ${where} ring ${rings[0]} reaches the end of barrier ${barrier} after ${other} s, ring ${ring} after ${own} s`,
          'Give both rings equal times between barriers.',
        );
    });
  });
}
