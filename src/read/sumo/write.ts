import type { City } from '../../city/city.ts';
import type { Scenario } from '../../demand/demand.ts';
import { countOf, escapeText, type Written } from '../written.ts';
import { formatControl, listLostControl } from './write-control.ts';
import { formatNet } from './write-net.ts';
import { formatRoutes } from './write-routes.ts';

/**
 * A scenario as SUMO 1.15 runs it: network, routes, bus stops, districts, detectors and timetables, and a `.sumocfg` that names them; files are
 * named after `stem`. Nothing of SUMO is needed to write it.
 */
export function writeSumo(scenario: Scenario, stem: string): Written {
  const { city, demand, beginMs, endMs } = scenario;
  const more = formatAdditional(city);
  const otherWays = demand.trips.filter(({ alternatives }) => alternatives !== undefined && alternatives.length > 0);
  const lost = [
    countOf(city.roads.filter(({ level }) => level !== 0).length, 'level of a road', 'levels of roads'),
    countOf(city.ground.length, 'piece of water or green', 'pieces of water or green'),
    countOf(city.districts.filter(({ nameZh }) => nameZh !== undefined).length, 'Chinese name', 'Chinese names'),
    countOf(demand.walks.length, 'way on foot', 'ways on foot'),
    ...listLostControl(city),
    countOf(otherWays.length, 'trip keeps its quickest way alone', 'trips keep their quickest way alone'),
  ].filter((sentence) => sentence !== null);
  return {
    files: [
      { name: `${stem}.net.xml`, text: formatNet(city) },
      { name: `${stem}.rou.xml`, text: formatRoutes(scenario) },
      ...(more === null ? [] : [{ name: `${stem}.add.xml`, text: more }]),
      { name: `${stem}.sumocfg`, text: formatConfig(stem, beginMs / 1000, endMs / 1000, more !== null) },
    ],
    lost,
  };
}

function formatConfig(stem: string, beginS: number, endS: number, hasMore: boolean): string {
  const name = escapeText(stem);
  const more = hasMore ? `<additional-files value="${name}.add.xml"/>` : '';
  return `<configuration>
  <input><net-file value="${name}.net.xml"/><route-files value="${name}.rou.xml"/>${more}</input>
  <time><begin value="${beginS}"/><end value="${endS}"/></time>
</configuration>
`;
}

function formatAdditional(city: City): string | null {
  const { busStops, districts, lanes, roads } = city;
  const control = formatControl(city);
  if (busStops.length + districts.length + control.length === 0) return null;
  const stops = busStops.map(
    ({ id, name, lane, fromM, toM }) =>
      `<busStop id="${escapeText(id)}"${name === '' ? '' : ` name="${escapeText(name)}"`} lane="${escapeText(lanes[lane]?.id ?? '')}" startPos="${fromM}" endPos="${toM}"/>`,
  );
  const zones = districts.map(({ id, name, shape }, d) => {
    const own = roads.flatMap((road) => (road.district === d ? [road.id as string] : []));
    const pairs = Array.from({ length: shape.length / 2 }, (_, i) => `${shape[2 * i]},${shape[2 * i + 1]}`);
    const edges = own.length === 0 ? '' : ` edges="${escapeText(own.join(' '))}"`;
    return `<taz id="${escapeText(id)}" name="${escapeText(name)}" shape="${pairs.join(' ')}"${edges}/>`;
  });
  return `<additional>\n${[...stops, ...zones, ...control].join('\n')}\n</additional>\n`;
}
