import Flatbush from 'flatbush';
import proj4 from 'proj4';
import type { NodePlan } from '../../city/build.ts';
import { keepNearer } from '../../city/build-cells.ts';
import { rounded } from '../../city/build-line.ts';
import { type City, classBit, type District, type Ground, type Polyline, type Projection } from '../../city/city.ts';
import { isInside } from '../../city/geometry.ts';
import type { Places } from '../../demand/synthesis.ts';
import type { Metres } from '../../units/units.ts';
import { landKind, type Place, type Way } from './extract.ts';
import type { Plane } from './pieces.ts';

type Use = 'homes' | 'work' | 'shops';

/** Land use by place. */
export class LandUse {
  private readonly shapes: { readonly use: Use; readonly shape: Polyline }[] = [];
  private readonly boxes: Flatbush | null;

  constructor(areas: readonly Way[], plane: Plane) {
    for (const area of areas) {
      const use = landKind(area.tags);
      if (use === 'homes' || use === 'work' || use === 'shops') this.shapes.push({ use, shape: shapeOf(area, plane) });
    }
    this.boxes = this.shapes.length === 0 ? null : new Flatbush(this.shapes.length);
    for (const { shape } of this.shapes) {
      const xs = shape.filter((_, i) => i % 2 === 0);
      const ys = shape.filter((_, i) => i % 2 === 1);
      this.boxes?.add(Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys));
    }
    this.boxes?.finish();
  }

  isBuiltUp(x: Metres, y: Metres): boolean {
    return this.usesNear(x, y, BUILT_UP_M).length > 0;
  }

  private usesNear(x: Metres, y: Metres, withinM: Metres): Use[] {
    const near = this.boxes?.search(x - withinM, y - withinM, x + withinM, y + withinM) ?? [];
    const around =
      withinM === 0
        ? [[0, 0]]
        : [
            [0, 0],
            [withinM, 0],
            [-withinM, 0],
            [0, withinM],
            [0, -withinM],
          ];
    return near.flatMap((i) => {
      const { use, shape } = this.shapes[i]!;
      return around.some(([dx = 0, dy = 0]) => isInside(shape, x + dx, y + dy)) ? [use] : [];
    });
  }

  /** How much each road gives and draws: its length by the land beside it; streets of homes where none is mapped. */
  weighPlaces(city: City): Places {
    const homes = new Float64Array(city.roads.length);
    const work = new Float64Array(city.roads.length);
    city.roads.forEach((road, r) => {
      const lane = city.lanes[road.firstLane]!;
      if ((lane.allowed & classBit('car')) === 0 || road.level !== 0 || road.lengthM < SHORTEST_PLACE_M) return;
      const half = (lane.shape.length >> 2) * 2;
      const uses = this.usesNear(lane.shape[half]!, lane.shape[half + 1]!, BESIDE_M);
      const calm = road.speedMps < 17 ? 1 : 0.1;
      const length = calm * Math.min(road.lengthM, LONGEST_PLACE_M);
      const share = (use: Use) => uses.filter((own) => own === use).length / Math.max(1, uses.length);
      homes[r] = length * (uses.length === 0 ? UNMAPPED : 0.1 + share('homes'));
      work[r] =
        length * (uses.length === 0 ? UNMAPPED : 0.1 + share('work') + 3 * share('shops') + 0.15 * share('homes'));
    });
    return { homes, work };
  }
}

/** A street is in town so far from a built-up area. */
const BUILT_UP_M: Metres = 150;
/** Land use counts that lies so near beside a road. */
const BESIDE_M: Metres = 40;
/** On shorter roads nobody starts or ends; of longer ones only so much counts. */
const SHORTEST_PLACE_M: Metres = 40;
const LONGEST_PLACE_M: Metres = 400;
/** Weight of roads beside land of no mapped use. */
const UNMAPPED = 0.3;

function shapeOf(area: Way, { x, y }: Plane): number[] {
  return area.nodes.flatMap((node) => [x[node]!, y[node]!]);
}

/** Water and green as the base map shows them. */
export function drawGround(areas: readonly Way[], plane: Plane): Ground[] {
  return areas.flatMap((area): Ground[] => {
    const kind = landKind(area.tags);
    return kind === 'water' || kind === 'green' ? [{ kind, shape: rounded(shapeOf(area, plane)) }] : [];
  });
}

/** Side of the squares that stand for districts where no settlements are mapped. */
const SQUARE_M: Metres = 800;
const MOST_DISTRICTS = 60;
const RANKS = ['city', 'town', 'borough', 'suburb', 'village', 'quarter', 'neighbourhood', 'hamlet'];

/** Districts: what lies nearer to one settlement than to the others; squares where fewer than three are mapped. */
export function drawDistricts(
  places: readonly Place[],
  nodes: readonly NodePlan[],
  { definition, offsetX, offsetY }: Projection,
  isMirrored: boolean,
): District[] {
  const xs = nodes.map(({ x }) => x);
  const ys = nodes.map(({ y }) => y);
  const least = (values: readonly number[]) => values.reduce((a, b) => Math.min(a, b));
  const most = (values: readonly number[]) => values.reduce((a, b) => Math.max(a, b));
  const box = { west: least(xs) - 50, south: least(ys) - 50, east: most(xs) + 50, north: most(ys) + 50 };
  const { forward } = proj4('WGS84', definition ?? 'WGS84');
  const middles = places
    .map(({ name, nameZh, kind, lon, lat }) => {
      const [east = 0, north = 0] = forward([lon, lat]);
      return {
        name,
        nameZh,
        rank: RANKS.indexOf(kind),
        x: (east + offsetX) * (isMirrored ? -1 : 1),
        y: north + offsetY,
      };
    })
    .filter(({ x, y }) => x > box.west && x < box.east && y > box.south && y < box.north)
    .sort((a, b) => a.rank - b.rank || (a.name < b.name ? -1 : 1))
    .slice(0, MOST_DISTRICTS);
  const corners = [box.west, box.south, box.east, box.south, box.east, box.north, box.west, box.north];
  if (middles.length < 3) return drawSquares(box);
  return middles.map((middle, d): District => {
    let shape = corners;
    for (const other of middles) if (other !== middle) shape = keepNearer(shape, middle, other);
    const { name, nameZh } = middle;
    return { id: `d${d + 1}`, name, ...(nameZh === null ? {} : { nameZh }), shape: rounded(shape) };
  });
}

function drawSquares({ west, south, east, north }: Record<'west' | 'south' | 'east' | 'north', number>): District[] {
  const side = Math.max(SQUARE_M, Math.sqrt(((east - west) * (north - south)) / MOST_DISTRICTS));
  const columns = Math.max(1, Math.round((east - west) / side));
  const rows = Math.max(1, Math.round((north - south) / side));
  return Array.from({ length: columns * rows }, (_, i): District => {
    const [column, row] = [i % columns, Math.floor(i / columns)];
    const [x0, x1] = [0, 1].map((k) => west + ((east - west) * (column + k)) / columns) as [number, number];
    const [y0, y1] = [0, 1].map((k) => south + ((north - south) * (row + k)) / rows) as [number, number];
    const name = `${column + 1}/${row + 1}`;
    return { id: `d${i + 1}`, name, shape: rounded([x0, y0, x1, y0, x1, y1, x0, y1]) };
  });
}
