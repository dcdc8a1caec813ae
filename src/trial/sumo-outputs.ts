import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { type SaxesAttributePlain, SaxesParser } from 'saxes';
import type { City } from '../city/city.ts';
import { UrbaneError } from '../units/errors.ts';
import type { MetresPerSecond, Seconds } from '../units/units.ts';
import { MovementTally } from './movement-tally.ts';
import type { MovementDelay } from './result.ts';
import type { VehicleOutcome } from './vehicles.ts';

type Attributes = Record<string, string>;

/** What the two outputs are joined by; ids stay inside the trial that made them. */
interface TripInfo extends VehicleOutcome {
  readonly departPosM: number;
}

/** Reads SUMO's tripinfo output: the outcome of every loaded vehicle, by its id. */
export async function readTripInfo(file: string, beginS: Seconds, endS: Seconds): Promise<Map<string, TripInfo>> {
  const trips = new Map<string, TripInfo>();
  await readElements(file, (name, at) => {
    if (name !== 'tripinfo') return;
    const departS = Number(at.depart);
    const departDelayS = Number(at.departDelay);
    const inserted = departS >= 0;
    if (!inserted && departDelayS < 0) return;
    trips.set(at.id ?? '', {
      wantedS: (inserted ? departS : endS) - departDelayS - beginS,
      departDelayS,
      durationS: Number(at.duration),
      timeLossS: Number(at.timeLoss),
      waitingS: Number(at.waitingTime),
      stops: Number(at.waitingCount),
      inserted,
      arrived: Number(at.arrival) >= 0 && (at.vaporized ?? '') === '',
      departPosM: Math.max(0, Number(at.departPos)),
    });
  });
  return trips;
}

export interface MovementSources {
  readonly city: City;
  readonly vehicleRoutesFile: string;
  /** The scenario's own routes: the only place that knows where vehicles that were never inserted wanted to go. */
  readonly routeFiles: readonly string[];
  readonly trips: ReadonlyMap<string, TripInfo>;
  readonly endS: Seconds;
  /** Top speed by vehicle type id. */
  readonly topSpeeds: ReadonlyMap<string, MetresPerSecond>;
}

/** Mean delay per movement at signals, from SUMO's vehicle routes with exit times. Same definition as our engine's. */
export async function readMovementDelays(sources: MovementSources): Promise<MovementDelay[]> {
  const { city, trips, endS } = sources;
  const tally = new MovementTally(city);
  let vehicle: { id: string; departS: number; topSpeed: number } | null = null;
  await readElements(sources.vehicleRoutesFile, (name, at) => {
    if (name === 'vehicle') {
      const topSpeed = sources.topSpeeds.get(at.type ?? '') ?? Number.POSITIVE_INFINITY;
      vehicle = { id: at.id ?? '', departS: Number(at.depart), topSpeed };
    } else if (name === 'route' && vehicle && at.exitTimes !== undefined) {
      const trip = trips.get(vehicle.id);
      const edges = (at.edges ?? '').split(' ');
      const exits = at.exitTimes.split(' ').map(Number);
      tally.addTrip({
        roads: edges,
        exitsS: exits,
        departS: vehicle.departS,
        departDelayS: trip?.departDelayS ?? 0,
        departPosM: trip?.departPosM ?? 0,
        topSpeedMps: vehicle.topSpeed,
        endS,
      });
    }
  });
  const waiting = new Map<string, number>();
  for (const [id, trip] of trips) if (!trip.inserted) waiting.set(id, trip.departDelayS);
  if (waiting.size > 0) await addNeverInserted(sources.routeFiles, waiting, tally);
  return tally.list();
}

/** A vehicle never inserted delays the first movement of its route, where the route file spells the route out. */
async function addNeverInserted(
  routeFiles: readonly string[],
  waiting: ReadonlyMap<string, number>,
  tally: MovementTally,
): Promise<void> {
  const routes = new Map<string, readonly string[]>();
  for (const file of routeFiles) {
    let id = '';
    await readElements(file, (name, at) => {
      const edges = (at.edges ?? '').trim().split(/\s+/);
      if (name === 'vehicle') {
        id = at.id ?? '';
        const route = routes.get(at.route ?? '');
        const delayS = waiting.get(id);
        if (route && delayS !== undefined) tally.addWaiting(route, delayS);
      } else if (name === 'route' && at.id !== undefined) {
        routes.set(at.id, edges);
      } else if (name === 'route') {
        const delayS = waiting.get(id);
        if (delayS !== undefined) tally.addWaiting(edges, delayS);
      } else if (name === 'trip' || name === 'flow') {
        id = '';
      }
    });
  }
}

/** Streams a file's elements through saxes. */
export async function readElements(file: string, onElement: (name: string, at: Attributes) => void): Promise<void> {
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw new UrbaneError('sumo-failed', `SUMO's output ${file} is not whole: ${error.message}.`);
  });
  parser.on('opentag', (tag) => onElement(tag.name, tag.attributes as Record<string, SaxesAttributePlain['value']>));
  const bytes = createReadStream(file);
  const stream = file.endsWith('.gz') ? bytes.pipe(createGunzip()) : bytes;
  stream.setEncoding('utf8');
  for await (const chunk of stream) parser.write(chunk as string);
  parser.close();
}
