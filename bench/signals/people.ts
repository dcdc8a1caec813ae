import { createReadStream } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SaxesParser } from 'saxes';
import { Brain } from '../../src/brain/brain.ts';
import type { Scenario } from '../../src/demand/demand.ts';
import { type LoadedScenario, loadScenario } from '../../src/field/load.ts';
import { createSimStreet } from '../../src/field/sim/street.ts';
import { placeLanes } from '../../src/field/sumo/inner-lanes.ts';
import { startSumoStreet } from '../../src/field/sumo/street.ts';
import { Guard } from '../../src/guard/guard.ts';
import { grantAll, rulesFromProgram } from '../../src/guard/rules.ts';
import { CONTROLLERS } from '../../src/signals/registry.ts';
import { SensorLayer } from '../../src/street/sensors.ts';
import type { Street } from '../../src/street/street.ts';
import { fairArguments } from '../../src/trial/sumo-run.ts';
import { alignColumns } from '../../src/trial/table.ts';
import { mean } from '../engine/statistics.ts';
import type { Finding } from '../engine/summary.ts';

const QUARTER = fileURLToPath(new URL('../../fixtures/quarter/', import.meta.url));
const STANDING_MPS = 0.1;
const ARMS = ['fixed', 'actuated', 'max-pressure', 'predictive'] as const;
type Arm = (typeof ARMS)[number];

/** What one run was to those who do not drive a car, s. */
interface PeopleFigures {
  /** Mean over all buses, and over all other vehicles: time lost and departure delay. */
  readonly busS: number;
  readonly otherS: number;
  /** At the kerbs of signalised crossings: mean per crossing on foot, and the longest of one person. */
  readonly walkS: number;
  readonly worstWalkS: number;
}

/**
 * The made-up quarter with crossings and bus lines under each controller, in SUMO and in our engine, decisions every second
 * by camera: how buses and people on foot fare.
 */
export async function measurePeople(
  seeds: readonly number[],
  onProgress: (doing: string) => void,
): Promise<{ text: string; findings: Finding[] }> {
  const loaded = await loadScenario(QUARTER);
  const rows: { simulator: string; arm: Arm; figures: PeopleFigures }[] = [];
  for (const [simulator, drive] of [
    ['SUMO', driveSumo],
    ['our engine', driveEngine],
  ] as const) {
    for (const arm of ARMS) {
      const runs: PeopleFigures[] = [];
      for (const seed of seeds) {
        onProgress(`quarter, ${simulator}, ${arm}, seed ${seed}`);
        runs.push(await drive(loaded, arm, seed));
      }
      const of = (pick: (run: PeopleFigures) => number) => mean(runs.map(pick));
      rows.push({
        simulator,
        arm,
        figures: {
          busS: of(({ busS }) => busS),
          otherS: of(({ otherS }) => otherS),
          walkS: of(({ walkS }) => walkS),
          worstWalkS: of(({ worstWalkS }) => worstWalkS),
        },
      });
    }
  }
  const head = ['quarter', 'controller', 'bus delay', 'other delay', 'wait on foot', 'worst of a run'];
  const lines = rows.map(({ simulator, arm, figures: { busS, otherS, walkS, worstWalkS } }) => [
    simulator,
    arm,
    ...[busS, otherS, walkS, worstWalkS].map((seconds) => seconds.toFixed(1)),
  ]);
  const findings = ['SUMO', 'our engine'].flatMap((simulator): Finding[] => {
    const of = (arm: Arm) => rows.find((row) => row.simulator === simulator && row.arm === arm)!.figures;
    const [ours, actuated, pressure] = [of('predictive'), of('actuated'), of('max-pressure')];
    return [
      {
        name: `${simulator}: bus delay under max-pressure's`,
        measured: 100 * (1 - ours.busS / pressure.busS),
        unit: '%',
        goal: 30,
      },
      ...(['walkS', 'worstWalkS'] as const).map(
        (key): Finding => ({
          name: `${simulator}: ${key === 'walkS' ? 'mean' : 'worst'} wait on foot, of actuated's`,
          measured: (100 * ours[key]) / actuated[key],
          unit: '%',
          goal: 100,
          isLess: true,
        }),
      ),
    ];
  });
  const text = `people on foot and buses, mean of ${seeds.length} seeds, s\n${alignColumns([head, ...lines])}`;
  return { text, findings };
}

async function control(scenario: Scenario, street: Street, arm: Arm, seed: number): Promise<void> {
  const { city } = scenario;
  const signals = city.signals.map((_, signal) => signal);
  const rules = signals.map((signal) => rulesFromProgram(city, signal));
  const controller = CONTROLLERS[arm]!({ city, signals, timing: rules });
  const brain = new Brain({
    street,
    sensors: new SensorLayer(city, { level: 'camera', seed }),
    controller,
    guard: new Guard(city, rules, grantAll(city, arm, Number.POSITIVE_INFINITY)),
    stepS: 1,
  });
  while (street.timeMs < scenario.endMs) await brain.tick();
}

async function driveEngine({ scenario }: LoadedScenario, arm: Arm, seed: number): Promise<PeopleFigures> {
  await using street = createSimStreet(scenario, { seed });
  await control(scenario, street, arm, seed);
  const { trips, crossings } = street.engine;
  const { demand, city, endMs } = scenario;
  const bus: number[] = [];
  const other: number[] = [];
  demand.trips.forEach(({ type, departMs }, trip) => {
    const insertedMs = trips.insertedMs[trip] ?? -1;
    const delayS = (trips.timeLossS[trip] ?? 0) + ((insertedMs >= 0 ? insertedMs : endMs) - departMs) / 1000;
    (demand.types[type]?.id === 'bus' ? bus : other).push(delayS);
  });
  const signalled = city.crossings.flatMap(({ signal }, c) => (signal >= 0 ? [c] : []));
  const total = (values: ArrayLike<number>) => signalled.reduce((sum, c) => sum + (values[c] ?? 0), 0);
  return {
    busS: mean(bus),
    otherS: mean(other),
    walkS: total(crossings.waitedS) / total(crossings.walkers),
    worstWalkS: Math.max(...signalled.map((c) => crossings.longestS[c] ?? 0)),
  };
}

async function driveSumo({ scenario, sumo }: LoadedScenario, arm: Arm, seed: number): Promise<PeopleFigures> {
  if (sumo === null) throw new Error('the quarter has no SUMO files');
  const folder = await mkdtemp(join(tmpdir(), 'urbane-people-'));
  try {
    const [trips, traces] = [join(folder, 'trips.xml'), join(folder, 'traces.xml')];
    const places = await placeLanes(scenario.city, createReadStream(sumo.netFile, 'utf8'));
    const outputs = ['--tripinfo-output', trips, '--tripinfo-output.write-unfinished', '--fcd-output', traces];
    const args = [...(await fairArguments(sumo.configFile, seed)), ...outputs, '--vehroute-output', devNull];
    await using street = await startSumoStreet({ city: scenario.city, places, args, beginMs: scenario.beginMs });
    await control(scenario, street, arm, seed);
    await street.finish();
    return { ...readVehicles(await readFile(trips, 'utf8')), ...readWalkers(scenario, await readFile(traces, 'utf8')) };
  } finally {
    await rm(folder, { recursive: true });
  }
}

function readVehicles(text: string): Pick<PeopleFigures, 'busS' | 'otherS'> {
  const bus: number[] = [];
  const other: number[] = [];
  const parser = new SaxesParser();
  parser.on('opentag', ({ name, attributes: at }) => {
    if (name !== 'tripinfo') return;
    (at.vType === 'bus' ? bus : other).push(Number(at.timeLoss) + Number(at.departDelay));
  });
  parser.write(text).close();
  return { busS: mean(bus), otherS: mean(other) };
}

/** From SUMO's own traces: who stands on the ground before a signalised crossing, second by second. */
export function readWalkers(
  { city }: Pick<Scenario, 'city'>,
  text: string,
): Pick<PeopleFigures, 'walkS' | 'worstWalkS'> & { waitedS: number } {
  const signalled = city.crossings.filter(({ signal }) => signal >= 0);
  const crossings = new Set<string>(signalled.map(({ id }) => id));
  const areas = new Set<string>(signalled.flatMap((each) => each.corners.map((corner) => city.corners[corner]!.id)));
  const standing = new Map<string, { edge: string; seconds: number }>();
  const on = new Map<string, string>();
  let [waitedS, worstWalkS, crossed] = [0, 0, 0];
  const parser = new SaxesParser();
  parser.on('opentag', ({ name, attributes: at }) => {
    if (name !== 'person') return;
    const [id = '', edge = ''] = [at.id, at.edge];
    if (crossings.has(edge) && on.get(id) !== edge) crossed++;
    on.set(id, edge);
    if (!areas.has(edge) || Number(at.speed) >= STANDING_MPS) return;
    const before = standing.get(id);
    const seconds = before?.edge === edge ? before.seconds + 1 : 1;
    standing.set(id, { edge, seconds });
    waitedS++;
    worstWalkS = Math.max(worstWalkS, seconds);
  });
  parser.write(text).close();
  return { walkS: waitedS / crossed, worstWalkS, waitedS };
}
