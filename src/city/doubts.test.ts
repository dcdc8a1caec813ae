import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadScenario } from '../field/load.ts';
import type { City, Phase } from './city.ts';
import { listDoubts } from './doubts.ts';

const FIXTURES = fileURLToPath(new URL('../../fixtures/', import.meta.url));
let city: City;
let quarter: City;
beforeAll(async () => {
  city = (await loadScenario(`${FIXTURES}valid/cityflow/config.json`)).scenario.city;
  quarter = (await loadScenario(`${FIXTURES}quarter`)).scenario.city;
});

/** The city with other phases on its first signal. */
function withPhases(of: City, change: (phases: readonly Phase[]) => readonly Phase[]): City {
  const signals = of.signals.map((signal, s) =>
    s > 0 ? signal : { ...signal, programs: signal.programs.map((p) => ({ ...p, phases: change(p.phases) })) },
  );
  return { ...of, signals };
}

const kinds = (of: City) => listDoubts(of).map(({ kind, element }) => `${kind}: ${element}`);

describe('what is doubtful in a city', () => {
  it('is nothing in a sound one', () => {
    expect(kinds(city)).toEqual([]);
  });

  it('are greens that cross, before all else', () => {
    const one = withPhases(city, (phases) => phases.slice(0, 3));
    expect(listDoubts(one)[0]?.sentence).toBe('the program has one stage alone');
    const some = withPhases(city, (phases) =>
      phases.map((phase, k) => (k === 0 ? { ...phase, state: phase.state.replace(/[rg]/g, 'G') } : phase)),
    );
    expect(listDoubts(some)[0]).toMatchObject({ kind: 'conflicting greens', element: 'mid', x: 0, y: 0 });
    expect(listDoubts(some)[0]?.sentence).toMatch(/lets in-\w:\w+ and in-\w:\w+ go, which cross each other/);
  });

  it('are people sent across through traffic', () => {
    const crossing = quarter.crossings.find(({ signal }) => signal === 0);
    const walk = withPhases(quarter, (phases) =>
      phases.map((phase) => ({
        ...phase,
        state: [...phase.state].map((lamp, link) => (link === crossing?.link ? 'G' : lamp)).join(''),
      })),
    );
    expect(listDoubts(walk)[0]?.sentence).toMatch(/lets people walk over .* while .* drives across it/);
  });

  it('are times between greens too short to clear, with the worst pair', () => {
    const short = withPhases(city, (phases) => phases.filter(({ state }, k) => !(/y/.test(state) || k % 3 === 2)));
    const doubt = listDoubts(short).find(({ kind }) => kind === 'short intergreen');
    expect(doubt?.sentence).toMatch(/^the program: 0 s lie between in-.* and in-.*; to clear takes \d/);
    const brief = withPhases(city, (phases) =>
      phases.map((phase) => (/y/.test(phase.state) ? { ...phase, durationS: 2 } : phase)),
    );
    expect(kinds(brief)).toContain('short yellow: mid');
  });

  it('are links without green and stages too short', () => {
    const dark = withPhases(city, (phases) => phases.map((phase) => ({ ...phase, state: `r${phase.state.slice(1)}` })));
    expect(kinds(dark)).toContain('link never green: mid');
    const brief = withPhases(city, (phases) =>
      phases.map((phase, k) => (k === 0 ? { ...phase, durationS: 3 } : phase)),
    );
    expect(kinds(brief)).toContain('short green: mid');
  });

  it('are lanes that lead nowhere, odd speeds and roads cut off', () => {
    const [first] = city.lanes;
    const blind = {
      ...city,
      lanes: city.lanes.map((lane) => (lane === first ? { ...lane, out: [], speedMps: 0.5 } : lane)),
    };
    expect(kinds(blind)).toEqual([`lane leads nowhere: ${first?.id}`, `odd speed: ${first?.id}`]);
    const island = city.roads.findIndex(({ id }) => id === 'in-e');
    const other = city.roads.findIndex(({ id }) => id === 'out-e');
    const isOn = (lane: number) => [island, other].includes(city.lanes[lane]?.road ?? -1);
    const cut = {
      ...city,
      movements: city.movements.filter(({ fromLane, toLane }) => !isOn(fromLane) && !isOn(toLane)),
    };
    expect(kinds(cut).filter((kind) => kind.startsWith('unreachable'))).toEqual([
      'unreachable road: in-e',
      'unreachable road: out-e',
    ]);
    const district = { id: 'd', name: 'D', shape: [0, 0, 1, 0, 1, 1] };
    const roads = cut.roads.map((road, r) => (r === island || r === other ? { ...road, district: 0 } : road));
    expect(kinds({ ...cut, roads, districts: [district] }).filter((kind) => kind.startsWith('unreachable'))).toEqual([
      'unreachable district: d',
    ]);
  });
});
