import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildCity, type CityPlan, type NodePlan, type RoadPlan } from './build.ts';
import { retimeSignals } from './build-signals.ts';
import { checkCity } from './check.ts';
import { type City, classBit } from './city.ts';
import { getOwnProgram, isGreen, listGreens } from './greens.ts';

function road(from: NodePlan, to: NodePlan, laneCount: number, more: Partial<RoadPlan> = {}): RoadPlan {
  return {
    id: `${from.id}-${to.id}`,
    name: '',
    from: from.id,
    to: to.id,
    laneCount,
    laneWidthM: 3.3,
    speedMps: 13.89,
    priority: 5,
    level: 0,
    allowed: classBit('car'),
    line: [from.x, from.y, to.x, to.y],
    lanesLie: 'right',
    medianM: 0.5,
    ...more,
  };
}

function plan(nodes: readonly NodePlan[], roads: readonly RoadPlan[]): CityPlan {
  return {
    name: 'test',
    projection: { definition: null, offsetX: 0, offsetY: 0 },
    nodes,
    roads,
    districts: [],
    ground: [],
  };
}

/** One junction with arms at the given bearings (degrees from east, counter-clockwise), both ways. */
function star(kind: NodePlan['kind'], arms: readonly { degrees: number; lanes: number; priority?: number }[]): City {
  const centre: NodePlan = { id: 'c', x: 0, y: 0, kind };
  const ends = arms.map(({ degrees }, i): NodePlan => {
    const angle = (degrees * Math.PI) / 180;
    return { id: `e${i}`, x: 250 * Math.cos(angle), y: 250 * Math.sin(angle), kind: 'priority' };
  });
  const roads = arms.flatMap(({ lanes, priority = 5 }, i) => [
    road(ends[i]!, centre, lanes, { priority }),
    road(centre, ends[i]!, lanes, { priority }),
  ]);
  return buildCity(plan([centre, ...ends], roads));
}

function turnsOf(city: City, lane: string): string[] {
  const found = city.lanes.find(({ id }) => id === lane);
  return (found?.out ?? []).map((m) => {
    const movement = city.movements[m]!;
    return `${movement.turn} ${city.lanes[movement.toLane]!.id}`;
  });
}

const ARM = fc.record({
  gap: fc.integer({ min: 35, max: 120 }),
  lanes: fc.integer({ min: 1, max: 4 }),
  priority: fc.integer({ min: 1, max: 3 }),
});
const KIND = fc.constantFrom('signal', 'priority', 'right-before-left', 'all-way-stop', 'zipper');
const STAR = fc.tuple(KIND, fc.array(ARM, { minLength: 1, maxLength: 5 })).map(([kind, arms]) => {
  const total = Math.max(
    360,
    arms.reduce((sum, arm) => sum + arm.gap, 0),
  );
  let degrees = 0;
  return star(
    kind,
    arms.map(({ gap, lanes, priority }) => {
      degrees += (gap * 360) / total;
      return { degrees, lanes, priority };
    }),
  );
});

describe('a built city', () => {
  it('is sound whatever the arms', () => {
    fc.assert(
      fc.property(STAR, (city) => {
        expect(checkCity(city)).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it('lets every lane lead somewhere', () => {
    fc.assert(
      fc.property(STAR, (city) => {
        for (const lane of city.lanes) expect(lane.out.length, lane.id).toBeGreaterThan(0);
      }),
      { numRuns: 200 },
    );
  });

  it('has one side give way in every conflict, both at an all-way stop', () => {
    fc.assert(
      fc.property(STAR, (city) => {
        city.movements.forEach((movement, m) => {
          for (const other of movement.yieldsTo) expect(movement.conflicts).toContain(other);
          for (const other of movement.conflicts) {
            const yields =
              Number(movement.yieldsTo.includes(other)) + Number(city.movements[other]!.yieldsTo.includes(m));
            expect(yields).toBe(city.junctions[movement.junction]!.kind === 'all-way-stop' ? 2 : 1);
          }
        });
      }),
      { numRuns: 200 },
    );
  });

  it('lets turners wait inside only where someone has priority, for some of those they give way to', () => {
    fc.assert(
      fc.property(STAR, (city) => {
        for (const { waitAtM, junction, yieldsTo, yieldsInside } of city.movements) {
          if (waitAtM >= 0) expect(city.junctions[junction]!.kind).not.toMatch(/right-before-left|all-way-stop/);
          expect(yieldsInside.length > 0).toBe(waitAtM >= 0);
          for (const other of yieldsInside) expect(yieldsTo).toContain(other);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('never shows two protected greens in conflict, and a permissive green gives way to all it meets', () => {
    fc.assert(
      fc.property(STAR, (city) => {
        for (const signal of city.signals) {
          for (const { state } of getOwnProgram(signal).phases) {
            signal.links.forEach(([m], link) => {
              if (!isGreen(state.charAt(link))) return;
              const movement = city.movements[m!]!;
              for (const other of movement.conflicts) {
                const lamp = state.charAt(city.movements[other]!.link);
                if (lamp === 'G') expect(state.charAt(link)).toBe('g');
                if (isGreen(lamp) && movement.yieldsTo.includes(other)) expect(state.charAt(link)).toBe('g');
              }
            });
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  it('gives every movement at a signal its green, and yellow and all-red before whoever conflicts', () => {
    fc.assert(
      fc.property(STAR, (city) => {
        for (const signal of city.signals) {
          const { phases } = getOwnProgram(signal);
          signal.links.forEach((_, link) => {
            expect(phases.some(({ state }) => isGreen(state.charAt(link)))).toBe(true);
            phases.forEach(({ state }, p) => {
              const next = phases[(p + 1) % phases.length]!.state.charAt(link);
              if (isGreen(state.charAt(link))) expect('Ggy').toContain(next);
              if (state.charAt(link) === 'y') expect(next).toBe('r');
            });
          });
          const stages = listGreens(getOwnProgram(signal));
          expect(stages).toEqual(phases.length === 1 ? [0] : phases.flatMap((_, p) => (p % 3 === 0 ? [p] : [])));
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('a crossroads with a signal', () => {
  const city = star('signal', [
    { degrees: 0, lanes: 3 },
    { degrees: 90, lanes: 2 },
    { degrees: 180, lanes: 3 },
    { degrees: 270, lanes: 1 },
  ]);

  it('keeps the middle lane for the left turn', () => {
    expect(turnsOf(city, 'e0-c_0')).toEqual(['right c-e1_0', 'straight c-e2_0']);
    expect(turnsOf(city, 'e0-c_1')).toEqual(['straight c-e2_1']);
    expect(turnsOf(city, 'e0-c_2')).toEqual(['left c-e3_0']);
    expect(turnsOf(city, 'e3-c_0')).toEqual(['right c-e0_0', 'straight c-e1_0', 'left c-e2_2']);
  });

  it('protects a left turn that has a lane and lets the other wait inside for a gap', () => {
    const { phases } = getOwnProgram(city.signals[0]!);
    expect(phases.filter((_, p) => p % 3 === 0)).toHaveLength(4);
    const left = city.movements.find(({ turn, fromLane }) => turn === 'left' && city.lanes[fromLane]!.id === 'e3-c_0')!;
    expect(phases.some(({ state }) => state.charAt(left.link) === 'g')).toBe(true);
    expect(left.waitAtM).toBeGreaterThan(4);
    expect(left.waitAtM).toBeLessThan(left.lengthM);
  });

  it('follows marked lanes, and the usual ones where the marks leave a turn or a lane out', () => {
    const lanesOf = (turnLanes: RoadPlan['turnLanes']) => {
      const [c, w, n, e]: NodePlan[] = [
        { id: 'c', x: 0, y: 0, kind: 'signal' },
        { id: 'w', x: -200, y: 0, kind: 'priority' },
        { id: 'n', x: 0, y: 200, kind: 'priority' },
        { id: 'e', x: 200, y: 0, kind: 'priority' },
      ];
      const marked = road(w!, c!, 3, turnLanes === undefined ? {} : { turnLanes });
      const built = buildCity(plan([c!, w!, n!, e!], [marked, road(c!, n!, 2), road(c!, e!, 2)]));
      return [0, 1, 2].map((lane) => turnsOf(built, `w-c_${lane}`));
    };
    const usual = [['straight c-e_0'], ['straight c-e_1'], ['left c-n_1']];
    expect(lanesOf(undefined)).toEqual(usual);
    expect(lanesOf([['straight'], ['left'], ['left']])).toEqual([['straight c-e_0'], ['left c-n_0'], ['left c-n_1']]);
    expect(lanesOf([['straight'], ['straight'], ['straight']])).toEqual(usual);
    expect(lanesOf([['straight'], [], ['left']])).toEqual(usual);
  });

  it('turns slower than it goes straight', () => {
    for (const movement of city.movements) {
      if (movement.turn === 'straight') expect(movement.speedMps).toBeCloseTo(13.89);
      else expect(movement.speedMps).toBeLessThan(13);
    }
  });

  it('takes other greens and keeps its stages', () => {
    const [before] = city.signals;
    const greensS = listGreens(getOwnProgram(before!)).map((_, k) => 10 + k);
    const retimed = retimeSignals(city, [{ offsetS: 17, greensS }]);
    const program = getOwnProgram(retimed.signals[0]!);
    expect(program.offsetS).toBe(17);
    expect(listGreens(program).map((phase) => program.phases[phase]!.durationS)).toEqual(greensS);
    expect(program.phases.map(({ state }) => state)).toEqual(getOwnProgram(before!).phases.map(({ state }) => state));
    expect(retimed.version).not.toBe(city.version);
  });
});

describe('junctions without a signal', () => {
  it('let the minor road give way', () => {
    const city = star('priority', [
      { degrees: 0, lanes: 2, priority: 9 },
      { degrees: 180, lanes: 2, priority: 9 },
      { degrees: 270, lanes: 1, priority: 2 },
    ]);
    const stem = city.movements.filter(({ fromLane }) => city.lanes[fromLane]!.id === 'e2-c_0');
    expect(stem.map(({ rightOfWay }) => rightOfWay)).toContain('minor');
    const main = city.movements.filter(({ fromLane }) => city.lanes[fromLane]!.id.startsWith('e1-'));
    expect(main.every(({ rightOfWay }) => rightOfWay === 'major')).toBe(true);
    const left = city.movements.find(({ turn, fromLane }) => turn === 'left' && city.lanes[fromLane]!.id === 'e0-c_1')!;
    expect(left.yieldsTo.map((m) => city.lanes[city.movements[m]!.fromLane]!.id)).toEqual([
      'e1-c_0',
      'e1-c_0',
      'e1-c_1',
    ]);
    expect(left.waitAtM).toBeGreaterThan(4);
  });

  it('let vehicles turn back at a dead end only', () => {
    const city = star('priority', [
      { degrees: 0, lanes: 2 },
      { degrees: 90, lanes: 2 },
      { degrees: 180, lanes: 2 },
    ]);
    for (const movement of city.movements) {
      expect(movement.turn === 'u-turn').toBe(city.junctions[movement.junction]!.kind === 'dead-end');
    }
  });

  it('merge a ramp beside the main lanes', () => {
    const node = (id: string, x: number, y: number): NodePlan => ({ id, x, y, kind: 'priority' });
    const [a, b, c, r] = [node('a', -300, 0), node('b', 0, 0), node('c', 300, 0), node('r', -280, -90)];
    const oneWay = { lanesLie: 'centre', level: 1 } as const;
    const city = buildCity(plan([a, b, c, r], [road(a, b, 2, oneWay), road(r, b, 1, oneWay), road(b, c, 3, oneWay)]));
    expect(turnsOf(city, 'r-b_0')).toEqual(['straight b-c_0']);
    expect(turnsOf(city, 'a-b_0')).toEqual(['straight b-c_1']);
    expect(turnsOf(city, 'a-b_1')).toEqual(['straight b-c_2']);
    expect(city.movements.every(({ conflicts }) => conflicts.length === 0)).toBe(true);
  });
});

it('refuses a road from nowhere', () => {
  const centre: NodePlan = { id: 'c', x: 0, y: 0, kind: 'priority' };
  const lost: NodePlan = { id: 'lost', x: 9, y: 0, kind: 'priority' };
  expect(() => buildCity(plan([centre], [road(centre, lost, 1)]))).toThrow(/road c-lost names node lost/);
});
