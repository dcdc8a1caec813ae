import type { City, VehicleClass } from '../../city/city.ts';
import { classBit } from '../../city/city.ts';
import type { TripStop } from '../../demand/demand.ts';
import type { Metres, Milliseconds } from '../../units/units.ts';
import { readTime } from './config.ts';
import type { Element } from './xml.ts';

/** A stop before the route that serves it is known. */
export interface RawStop {
  readonly lane: number;
  readonly fromM: Metres;
  readonly toM: Metres;
  readonly durationMs: Milliseconds;
  /** In a flow it moves on with each departure; -1 for none. */
  readonly untilMs: Milliseconds;
  readonly isOffRoad: boolean;
  readonly element: Element;
}

/** Length of a stop that names only its end (SUMO: twice POSITION_EPS). */
const SHORTEST_STOP_M = 0.2;

/** Attributes that make of a stop what is not modelled. */
const NOT_USED = [
  'triggered',
  'containerTriggered',
  'expected',
  'speed',
  'jump',
  'join',
  'split',
  'trainStop',
  'containerStop',
  'chargingStation',
  'parkingArea',
];

/** Places below zero count from the end of the lane. */
function fromStart(at: number, lengthM: Metres): Metres {
  return at < 0 ? lengthM + at : at;
}

function isSet(element: Element, attribute: string): boolean {
  const text = element.findText(attribute);
  return text !== undefined && text !== '' && text !== 'false' && text !== '0';
}

/** Reads stops on one city. */
export class StopReader {
  private readonly city: City;
  private readonly laneOf: ReadonlyMap<string, number>;
  private readonly busStopOf: ReadonlyMap<string, number>;

  constructor(city: City) {
    this.city = city;
    this.laneOf = new Map(city.lanes.map((lane, index) => [lane.id, index]));
    this.busStopOf = new Map(city.busStops.map((stop, index) => [stop.id, index]));
  }

  /** A stop at a bus stop or at a place of a lane, with a duration, an hour or both. Throws on what is not modelled. */
  read(element: Element): RawStop {
    const other = NOT_USED.find((attribute) => isSet(element, attribute));
    if (other !== undefined)
      throw element.fault(`has ${other}, which is not used yet`, 'Let it be at a busStop or a lane, with a duration.');
    const place = this.findPlace(element);
    const has = (attribute: string) => element.findText(attribute) !== undefined;
    if (!has('duration') && !has('until')) {
      throw element.fault('has neither a duration nor an until', 'Say how long the vehicle stands there.');
    }
    return {
      ...place,
      durationMs: has('duration') ? Math.max(0, Math.round(readTime(element, 'duration') * 1000)) : 0,
      untilMs: has('until') ? Math.round(readTime(element, 'until') * 1000) : -1,
      isOffRoad: isSet(element, 'parking') && element.findText('parking') !== 'opportunistic',
      element,
    };
  }

  private findPlace(element: Element): Pick<RawStop, 'lane' | 'fromM' | 'toM'> {
    const id = element.findText('busStop');
    if (id !== undefined) {
      const stop = this.city.busStops[this.busStopOf.get(id) ?? -1];
      if (stop !== undefined) return { lane: stop.lane, fromM: stop.fromM, toM: stop.toM };
      throw element.fault(
        `is at bus stop "${id.slice(0, 80)}", which is not defined`,
        'Name an additional file with it.',
      );
    }
    const laneId = element.getText('lane');
    const lane = this.laneOf.get(laneId);
    const lengthM = this.city.lanes[lane ?? -1]?.lengthM;
    if (lane === undefined || lengthM === undefined) {
      throw element.fault(`is on lane "${laneId.slice(0, 80)}", which is not in the network`, 'Correct the lane.');
    }
    const toM = fromStart(element.findNumber('endPos') ?? lengthM, lengthM);
    const fromM = fromStart(element.findNumber('startPos') ?? Math.max(0, toM - SHORTEST_STOP_M), lengthM);
    if (fromM < 0 || fromM > toM || toM > lengthM) {
      throw element.fault(`lies from ${fromM} to ${toM} of ${lengthM} m`, 'Correct its startPos and endPos.');
    }
    return { lane, fromM, toM };
  }

  /**
   * The stops of a vehicle along its route, `laterMs` after the hours they name. Throws when one is not on its way or on a
   * lane closed to it.
   */
  place(stops: readonly RawStop[], route: readonly number[], laterMs: Milliseconds, kind: VehicleClass): TripStop[] {
    let from = 0;
    let lastM = Number.NEGATIVE_INFINITY;
    return stops.map(({ lane, fromM, toM, durationMs, untilMs, isOffRoad, element }) => {
      const { road = -1, allowed = 0 } = this.city.lanes[lane] ?? {};
      if ((allowed & classBit(kind)) === 0) {
        throw element.fault(`is on a lane that is closed to class ${kind}`, 'Correct the lane.');
      }
      const place = route.indexOf(road, route[from] === road && toM < lastM ? from + 1 : from);
      if (place < 0) {
        throw element.fault('is not on the way of its vehicle after the stop before', 'Correct the route or the stop.');
      }
      from = place;
      lastM = toM;
      return { place, lane, fromM, toM, durationMs, untilMs: untilMs < 0 ? 0 : untilMs + laterMs, isOffRoad };
    });
  }
}
