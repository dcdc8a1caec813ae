import { contentHash } from '../city/checksum.ts';
import type { Scenario } from '../demand/demand.ts';
import type { TripTable } from './demand.ts';
import { buildLaneChoices } from './lanes.ts';
import type { Machine } from './machine.ts';
import { checkBelongs, packRun, type SavedRun, unpackRun } from './save.ts';
import { SEGMENT, VEHICLE } from './state.ts';
import { createWorld, listUsed, type World } from './world.ts';

const TEXT = new TextEncoder();

/** Columns of the trips that closures change. */
const DETOURED = ['route', 'routeStart', 'routeEnd', 'detours'] as const;

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

function hashDemand({ demand, beginMs }: Scenario): string {
  let hash = contentHash(TEXT.encode(JSON.stringify([beginMs, { ...demand, trips: demand.trips.length }])));
  for (const trip of demand.trips) hash = contentHash(TEXT.encode(hash + JSON.stringify(trip)));
  return hash;
}

/** Names and places of everything in the state: another version of the engine may lay it out in another way. */
function hashLayout({ state, bytes, vehiclesAt }: World): string {
  const arrays = Object.entries(state).map(([name, { byteOffset, byteLength }]) => [
    name,
    byteOffset - bytes.byteOffset,
    byteLength,
  ]);
  const places = [vehiclesAt, arrays];
  return contentHash(TEXT.encode(JSON.stringify([places, VEHICLE, SEGMENT])));
}

function belongsTo(world: World): SavedRun['belongsTo'] {
  const { scenario } = world;
  return { city: scenario.city.version, demand: hashDemand(scenario), layout: hashLayout(world) };
}

/** The state of a running city and what was ordered so far, as the bytes of a file. */
export function saveWorld(world: World, lamps: readonly string[]): Uint8Array {
  const { net, trips, seed, state } = world;
  const tables = [net.closed, trips.mustEnter, ...DETOURED.map((name) => trips[name]), state.scalars].map(bytesOf);
  const blocks = [TEXT.encode(JSON.stringify({ seed, lamps })), ...tables, ...listUsed(world)];
  return packRun({ belongsTo: belongsTo(world), blocks });
}

/** What `saveWorld` wrote, as a world that goes on. Throws an UrbaneError when it is damaged or of something else. */
export function openWorld(
  scenario: Scenario,
  file: Uint8Array,
  machine: Machine,
): { world: World; lamps: readonly string[] } {
  const saved = unpackRun(file);
  let at = 0;
  const next = (): Uint8Array => saved.blocks[at++] ?? new Uint8Array(0);
  const integers = (): Int32Array => new Int32Array(next().slice().buffer);
  const { seed, lamps } = JSON.parse(new TextDecoder().decode(next())) as { seed: number; lamps: string[] };
  const world = createWorld(scenario, seed, machine);
  checkBelongs(saved.belongsTo, belongsTo(world));
  const net = { ...world.net, closed: next().slice() };
  const mustEnter = next().slice();
  const columns = Object.fromEntries(DETOURED.map((name) => [name, integers()]));
  const stopLane = new Int32Array(mustEnter.length).fill(-1);
  stopLane.set(world.trips.stopLane);
  const trips: TripTable = { ...world.trips, mustEnter, stopLane, ...columns };
  bytesOf(world.state.scalars).set(next());
  for (const bytes of listUsed(world)) bytes.set(next());
  const isDetoured = trips.route.length > world.trips.route.length || net.closed.some((mark) => mark !== 0);
  const choices = isDetoured ? buildLaneChoices(net, trips) : world.choices;
  return { world: { ...world, net, trips, choices }, lamps };
}
