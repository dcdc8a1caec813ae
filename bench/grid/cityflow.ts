import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FlowFile, Roadnet } from '../../src/read/cityflow/format.ts';
import { CONFIG, formatVehicle } from '../../src/read/cityflow/write.ts';
import { greenState, linkIndex, YELLOW_S } from './plans.ts';
import {
  approach,
  BLOCK_M,
  DRIVER,
  endOf,
  type GridShape,
  HEADINGS,
  isJunction,
  LANES,
  LINKS,
  listEnds,
  listJunctions,
  listRoads,
  nodeId,
  roadId,
  SPEED_MPS,
  turned,
} from './shape.ts';
import type { GridCase } from './sumo.ts';

/** From the centre of a junction to its stop lines, as netconvert lays them. */
const HALF_JUNCTION_M = 14;
const LANE_WIDTH_M = 3.2;
const TURN_NAMES = { left: 'turn_left', straight: 'go_straight', right: 'turn_right' } as const;
const LANE_PLACES = Array.from({ length: LANES }, (_, place) => place);
const TURNS = ['right', 'straight', 'left'] as const;

/**
 * Writes a grid as CityFlow's roadnet, flow and config (docs: Roadnet File Format, Flow File Format) and returns the path
 * of the config. Yellow is red there, and plans without offsets only. As in
 * CityFlow's own grids every lane reaches all exit lanes and nobody changes lane on the road: with links that keep their lane
 * number its drivers do not get over to the lane of their turn and the grid fills up (5,500 vehicles at 128 junctions, SUMO 1,445).
 */
export async function writeCityFlowGrid(folder: string, grid: GridCase): Promise<string> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'roadnet.json'), JSON.stringify(buildRoadnet(grid)));
  await writeFile(join(folder, 'flow.json'), JSON.stringify(buildFlows(grid)));
  const config = { ...CONFIG, dir: `${folder}/` };
  const path = join(folder, 'config.json');
  await writeFile(path, JSON.stringify(config));
  return path;
}

export function buildRoadnet({ shape, plan }: Pick<GridCase, 'shape' | 'plan'>): Roadnet {
  const lane = { width: LANE_WIDTH_M, maxSpeed: SPEED_MPS };
  const roads = listRoads(shape).map((road) => {
    const end = endOf(road);
    return {
      id: roadId(road),
      points: [pointOf(road), pointOf(end)],
      lanes: Array.from({ length: LANES }, () => lane),
      startIntersection: nodeId(road.column, road.row),
      endIntersection: nodeId(end.column, end.row),
    };
  });
  const intersections = [...listJunctions(shape), ...listEnds(shape)].map(({ column, row }) => {
    const isReal = isJunction(shape, column, row);
    const roadLinks = isReal ? listRoadLinks(column, row) : [];
    return {
      id: nodeId(column, row),
      point: pointOf({ column, row }),
      width: isReal ? HALF_JUNCTION_M : 0,
      roads: listArms(shape, column, row),
      roadLinks: roadLinks.map(({ roadLink }) => roadLink),
      trafficLight: {
        roadLinkIndices: roadLinks.map((_, i) => i),
        lightphases: plan.stages.flatMap((stage) => {
          const green = greenState(stage);
          const open = roadLinks.flatMap(({ place }, i) => (/g/i.test(green[place] ?? '') ? [i] : []));
          return [
            { time: stage.lastsS - YELLOW_S, availableRoadLinks: open },
            { time: YELLOW_S, availableRoadLinks: [] },
          ];
        }),
      },
      virtual: !isReal,
    };
  });
  return { intersections, roads };
}

function pointOf({ column, row }: { column: number; row: number }) {
  return { x: column * BLOCK_M, y: row * BLOCK_M };
}

/** Roads that arrive at a place and leave it. */
function listArms(shape: GridShape, column: number, row: number): string[] {
  const known = (road: { column: number; row: number }, end: { column: number; row: number }) =>
    isJunction(shape, road.column, road.row) || isJunction(shape, end.column, end.row);
  const arriving = HEADINGS.map((heading) => approach(column, row, heading)).filter((road) =>
    known(road, { column, row }),
  );
  const leaving = HEADINGS.map((heading) => ({ column, row, heading })).filter((road) => known(road, endOf(road)));
  return [...arriving, ...leaving].map(roadId);
}

/** One road link per approach and turn; CityFlow counts lanes from the middle. */
function listRoadLinks(column: number, row: number) {
  return HEADINGS.flatMap((heading) =>
    TURNS.map((turn) => ({
      place: linkIndex(
        heading,
        LINKS.findIndex((link) => link.turn === turn),
      ),
      roadLink: {
        type: TURN_NAMES[turn],
        startRoad: roadId(approach(column, row, heading)),
        endRoad: roadId({ column, row, heading: turned(heading, turn) }),
        direction: heading,
        laneLinks: LINKS.filter((link) => link.turn === turn).flatMap(({ lane }) =>
          LANE_PLACES.map((place) => ({ startLaneIndex: LANES - 1 - lane, endLaneIndex: place, points: [] })),
        ),
      },
    })),
  );
}

export function buildFlows({ trips }: Pick<GridCase, 'trips'>): FlowFile {
  const vehicle = formatVehicle({ ...DRIVER, maxSpeedMps: SPEED_MPS });
  return trips.map(({ departS, roads }) => ({
    vehicle,
    route: roads.map(roadId),
    interval: 1,
    startTime: departS,
    endTime: departS,
  }));
}
