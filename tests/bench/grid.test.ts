import { describe, expect, it } from 'vitest';
import { buildFlows, buildRoadnet } from '../../bench/grid/cityflow.ts';
import { cycleOf, greenState, linkIndex, PLANS, SPEED_PLAN, yellowState } from '../../bench/grid/plans.ts';
import { endOf, HEADINGS, LINKS, listRoads, roadId, turned } from '../../bench/grid/shape.ts';
import { busiestRatio, drawTrips, rateForLevel } from '../../bench/grid/trips.ts';

const shape = { columns: 3, rows: 2 };

describe('roads of the grid', () => {
  it('are four in and four out at every junction, each once', () => {
    const ids = listRoads(shape).map(roadId);
    // Inner roads in both directions and one pair per dead end: 2 x (2 x 2 + 3 x 1) + 2 x 10.
    expect(ids).toHaveLength(34);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => id.startsWith('n2x1-'))).toHaveLength(4);
    expect(ids.filter((id) => id.endsWith('-n2x1'))).toHaveLength(4);
  });

  it('turn left counter-clockwise', () => {
    expect(turned(0, 'left')).toBe(1);
    expect(turned(0, 'right')).toBe(3);
    expect(turned(3, 'left')).toBe(0);
    expect(turned(2, 'straight')).toBe(2);
  });
});

describe('trips of the grid', () => {
  const trips = drawTrips(shape, 0.5, 100, 1);

  it('are the same for the same seed and others for another', () => {
    expect(drawTrips(shape, 0.5, 100, 1)).toEqual(trips);
    expect(drawTrips(shape, 0.5, 100, 2)).not.toEqual(trips);
  });

  it('come at the wanted rate, in order, at whole seconds of the window', () => {
    expect(trips).toHaveLength(300);
    const departures = trips.map(({ departS }) => departS);
    expect(departures).toEqual([...departures].sort((a, b) => a - b));
    expect(departures.every((at) => Number.isInteger(at) && at >= 0 && at < 100)).toBe(true);
  });

  it('run over roads that join, without U-turns, and end where they leave the grid', () => {
    const known = new Set(listRoads(shape).map(roadId));
    for (const { roads } of drawTrips({ columns: 12, rows: 12 }, 1, 20, 5)) {
      expect(roads.length).toBeLessThanOrEqual(9);
      roads.slice(1).forEach((road, i) => {
        const before = roads[i];
        if (before === undefined) throw new Error('a road has one before it');
        expect({ column: road.column, row: road.row }).toEqual(endOf(before));
        expect((road.heading - before.heading + 4) % 4).not.toBe(2);
      });
    }
    expect(trips.every(({ roads }) => roads.every((road) => known.has(roadId(road))))).toBe(true);
  });

  it('have about six roads where the grid is wide', () => {
    const wide = drawTrips({ columns: 60, rows: 60 }, 1, 2, 3);
    const roads = wide.reduce((sum, trip) => sum + trip.roads.length, 0) / wide.length;
    expect(roads).toBeGreaterThan(5.5);
    expect(roads).toBeLessThan(6.3);
  });
});

describe('plans of the grid', () => {
  it('are eight or more, and the one of the speed rows has stages 35/5/15/5', () => {
    expect(new Set(PLANS.map(({ name }) => name)).size).toBeGreaterThanOrEqual(8);
    expect(SPEED_PLAN.stages.map(({ lastsS }) => lastsS)).toEqual([35, 5, 15, 5]);
    expect(cycleOf(SPEED_PLAN)).toBe(60);
  });

  it('give every link green once a cycle, never both axes at a time', () => {
    for (const plan of PLANS) {
      const greens = plan.stages.map(greenState);
      for (const heading of HEADINGS) {
        LINKS.forEach(({ turn }, link) => {
          const at = linkIndex(heading, link);
          expect(
            greens.filter((state) => /g/i.test(state[at] ?? '')),
            `${plan.name} ${heading} ${turn}`,
          ).toHaveLength(1);
        });
      }
      for (const state of greens) {
        const isGreen = (heading: number) =>
          /g/i.test(state.slice(heading * LINKS.length, (heading + 1) * LINKS.length));
        expect(isGreen(0) && isGreen(1)).toBe(false);
        expect(isGreen(0)).toBe(isGreen(2));
      }
    }
  });

  it('show yellow exactly where green was', () => {
    const stage = SPEED_PLAN.stages[0];
    if (stage === undefined) throw new Error('a plan has stages');
    expect(greenState(stage)).toBe('GGGrrrrrGGGrrrrr');
    expect(yellowState(stage)).toBe('yyyrrrrryyyrrrrr');
  });

  it('reach the level asked for under the reference plan, and twice the ratio at twice the demand', () => {
    const [reference, narrow] = PLANS;
    if (reference === undefined || narrow === undefined) throw new Error('there are plans');
    const rate = rateForLevel(shape, 0.7);
    expect(busiestRatio(shape, reference, rate)).toBeCloseTo(0.7, 6);
    expect(busiestRatio(shape, narrow, 2 * rate)).toBeCloseTo(2 * busiestRatio(shape, narrow, rate), 6);
  });

  it('let fewer turn through gaps the more comes from ahead', () => {
    const permissive = PLANS.find(({ stages }) => stages.some(({ kind }) => kind === 'permissive'));
    if (permissive === undefined) throw new Error('one plan is permissive');
    const low = busiestRatio(shape, permissive, 0.1) / 0.1;
    const high = busiestRatio(shape, permissive, 0.5) / 0.5;
    expect(high).toBeGreaterThan(low);
  });
});

describe('the grid for CityFlow', () => {
  const trips = drawTrips(shape, 0.5, 100, 1);
  const roadnet = buildRoadnet({ shape, plan: SPEED_PLAN });

  it('joins every road of every route by a road link', () => {
    const joined = new Set(
      roadnet.intersections.flatMap(({ roadLinks }) =>
        roadLinks.map(({ startRoad, endRoad }) => `${startRoad} ${endRoad}`),
      ),
    );
    for (const { route } of buildFlows({ trips }))
      route.slice(1).forEach((road, i) => {
        expect(joined).toContain(`${route[i]} ${road}`);
      });
  });

  it('lasts as long as the plan and opens what the plan opens', () => {
    const real = roadnet.intersections.filter(({ virtual }) => !virtual);
    expect(real).toHaveLength(6);
    for (const { trafficLight, roadLinks } of real) {
      expect(roadLinks).toHaveLength(12);
      expect(trafficLight?.lightphases.reduce((sum, { time }) => sum + time, 0)).toBe(60);
      const opened = (trafficLight?.lightphases ?? []).map(({ availableRoadLinks }) =>
        availableRoadLinks.map((link) => roadLinks[link]?.type),
      );
      expect(opened[0]?.toSorted()).toEqual(['go_straight', 'go_straight', 'turn_right', 'turn_right']);
      expect(opened[2]).toEqual(['turn_left', 'turn_left']);
    }
  });

  it('names at every place the roads that touch it', () => {
    const ids = new Set(roadnet.roads.map(({ id }) => id));
    for (const { virtual, roads } of roadnet.intersections) {
      expect(roads).toHaveLength(virtual ? 2 : 8);
      expect(roads.every((id) => ids.has(id))).toBe(true);
    }
  });
});
