import type { LaneChangeWill, Scenario, TripStop, VehicleType } from '../../demand/demand.ts';
import { escapeText } from '../written.ts';
import { REPRESENTATIVE } from './classes.ts';

const LANE_CHANGES: readonly (readonly [keyof LaneChangeWill, string])[] = [
  ['strategic', 'lcStrategic'],
  ['cooperative', 'lcCooperative'],
  ['speedGain', 'lcSpeedGain'],
  ['keepRight', 'lcKeepRight'],
  ['assertive', 'lcAssertive'],
];

/**
 * A route file: types with all their values, and every trip on its route; a vehicle's id is its place in the demand.
 * Trips that wanted to leave before the window leave as it begins.
 */
export function formatRoutes({ city, demand, beginMs }: Scenario): string {
  const types = demand.types.map(formatType);
  const trips = demand.trips.map((trip, i) => {
    const roads = trip.route.map((road) => city.roads[road]?.id ?? '').join(' ');
    const arrival = trip.arrivalPosM === undefined ? '' : ` arrivalPos="${trip.arrivalPosM}"`;
    const stops = (trip.stops ?? []).map((stop) => formatStop(stop, city.lanes[stop.lane]?.id ?? ''));
    return (
      `<vehicle id="${i}" type="${escapeText(demand.types[trip.type]?.id ?? '')}" depart="${Math.max(beginMs, trip.departMs) / 1000}" departLane="${trip.departLane}" ` +
      `departPos="${trip.departPos}" departSpeed="${trip.departSpeed}"${arrival}><route edges="${escapeText(roads)}"/>${stops.join('')}</vehicle>`
    );
  });
  return `<routes>\n${[...types, ...trips].join('\n')}\n</routes>\n`;
}

function formatStop({ fromM, toM, durationMs, untilMs, isOffRoad }: TripStop, lane: string): string {
  const until = untilMs > 0 ? ` until="${untilMs / 1000}"` : '';
  return `<stop lane="${escapeText(lane)}" startPos="${fromM}" endPos="${toM}" duration="${durationMs / 1000}"${until} parking="${isOffRoad}"/>`;
}

function formatType(type: VehicleType): string {
  const { idm, laneChanges } = type;
  const model =
    idm === undefined
      ? ''
      : ` carFollowModel="IDM" delta="${idm.delta}" stepping="${Math.round(1000 / idm.steps) / 1000}"`;
  const isCut = type.speedFactorMax < Number.MAX_VALUE;
  const spread = `${type.speedFactor},${type.speedDev}`;
  const speedFactor = isCut ? `normc(${spread},${type.speedFactorMin},${type.speedFactorMax})` : `norm(${spread})`;
  const changes =
    laneChanges === undefined ? '' : LANE_CHANGES.map(([key, name]) => ` ${name}="${laneChanges[key]}"`).join('');
  const siren = type.hasBlueLight ? '<param key="has.bluelight.device" value="true"/>' : '';
  return (
    `<vType id="${escapeText(type.id)}" vClass="${REPRESENTATIVE[type.kind]}" length="${type.lengthM}" width="${type.widthM}" minGap="${type.minGapM}" ` +
    `accel="${type.accelMps2}" decel="${type.decelMps2}" emergencyDecel="${type.emergencyDecelMps2}" maxSpeed="${type.maxSpeedMps}" ` +
    `tau="${type.tauS}" sigma="${type.sigma}" speedFactor="${speedFactor}" startupDelay="${type.startupDelayS ?? 0}"${model}${changes}>${siren}</vType>`
  );
}
