import { VEHICLE_CLASSES, type VehicleClass } from '../../../src/city/city.ts';
import { brightestLamp, type MapDocument, type Scene } from '../../../src/server/wire.ts';
import { DARK_LAMP, LAMPS, type Rgb, toRgb } from '../palette.ts';
import { PIXELS_PER_METRE_AT_0, type PlaneOrigin } from '../plane.ts';
import type { Poses } from '../playback.ts';
import { Mesh } from './mesh.ts';
import { PlaneLayer } from './plane-layer.ts';
import { Viaducts } from './viaducts.ts';

/** From this zoom on a vehicle is a rectangle of its true length, below it a dot. */
const RECTANGLES_FROM = 15.6;
const LAMPS_FROM = 14.8;
/** The further away, the smaller and fainter a dot, so that the roads' colours stay to be seen. */
const NEAREST_DOT = { below: Number.POSITIVE_INFINITY, pixels: 4.2, alpha: 255 };
const DOTS = [
  { below: 11.5, pixels: 1.4, alpha: 110 },
  { below: 12.5, pixels: 2.2, alpha: 160 },
  { below: 13.5, pixels: 3, alpha: 215 },
  { below: 14.2, pixels: 3.4, alpha: 255 },
];

export const VEHICLE_COLOURS = {
  moving: toRgb('#e4ecf3'),
  bus: toRgb('#7fd0ff'),
  slow: toRgb('#f5b25c'),
  standing: toRgb('#ff5f86'),
} as const;

const kinds = (...names: VehicleClass[]): ReadonlySet<number> =>
  new Set(names.map((name) => VEHICLE_CLASSES.indexOf(name)));
const PUBLIC = kinds('bus', 'tram', 'rail');
const WIDE = kinds('bus', 'tram', 'rail', 'truck', 'delivery');
const NARROW = kinds('motorcycle', 'bicycle');
const ELEVATED = 128;
const LEAST_WIDTH_PX = 2.4;
const BAR_WIDTH_M = 1.1;
const LEAST_BAR_PX = 2;
/** A vehicle this far outside the picture is not drawn. */
const MARGIN_M = 30;

/** What of the plane is in view, in metres. */
export interface View {
  readonly zoom: number;
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
}

function colourOf(speedMps: number, kind: number): Rgb {
  if (speedMps < 0.5) return VEHICLE_COLOURS.standing;
  if (speedMps < 4) return VEHICLE_COLOURS.slow;
  return PUBLIC.has(kind) ? VEHICLE_COLOURS.bus : VEHICLE_COLOURS.moving;
}

function widthOf(kind: number): number {
  if (WIDE.has(kind)) return 2.5;
  return NARROW.has(kind) ? 0.9 : 1.9;
}

/** Metres that take so many pixels. */
function metresFor(pixels: number, zoom: number): number {
  return pixels / (PIXELS_PER_METRE_AT_0 * 2 ** zoom);
}

/** Vehicles: dots over the whole city, bodies from near. */
export class Vehicles {
  readonly #mesh = new Mesh();
  readonly #viaducts: Viaducts;

  constructor(map: MapDocument, origin: PlaneOrigin) {
    this.#viaducts = new Viaducts(map, origin);
  }

  layer(poses: Poses, view: View): PlaneLayer {
    const near = view.zoom >= RECTANGLES_FROM;
    const { zoom, west, south, east, north } = view;
    const least = metresFor(LEAST_WIDTH_PX, zoom);
    const dot = DOTS.find(({ below }) => zoom < below) ?? NEAREST_DOT;
    this.#mesh.clear();
    for (let i = 0; i < poses.count; i++) {
      const x = poses.front[2 * i]!;
      const y = poses.front[2 * i + 1]!;
      if (x < west - MARGIN_M || x > east + MARGIN_M || y < south - MARGIN_M || y > north + MARGIN_M) continue;
      const kind = poses.kind[i]! & ~ELEVATED;
      const colour = colourOf(poses.speed[i]!, kind);
      if (!near) this.#mesh.dot(x, y, colour, dot.alpha);
      else if ((poses.kind[i]! & ELEVATED) !== 0 || !this.#viaducts.covers(x, y)) {
        const half = Math.max(widthOf(kind), least) / 2;
        this.#mesh.quad(poses.rear[2 * i]!, poses.rear[2 * i + 1]!, x, y, half, colour, 255);
      }
    }
    return new PlaneLayer({
      id: near ? 'vehicles' : 'vehicle-dots',
      look: near ? 'body' : 'dot',
      shapes: this.#mesh,
      dotPixels: dot.pixels * window.devicePixelRatio,
    });
  }
}

/** Stop lines in the colour of their lamps. */
export class SignalHeads {
  readonly #bars: readonly { readonly line: readonly number[]; readonly links: readonly number[] }[];
  readonly #mesh = new Mesh();
  #shown: Scene | null = null;
  #zoom = 0;

  constructor(map: MapDocument, origin: PlaneOrigin) {
    let firstLamp = 0;
    this.#bars = map.signals.flatMap((signal) => {
      const first = firstLamp;
      firstLamp += signal.lamps;
      return signal.bars.map(({ line: [x0, y0, x1, y1], links }) => ({
        line: [x0 - origin.x, y0 - origin.y, x1 - origin.x, y1 - origin.y],
        links: links.map((link) => first + link),
      }));
    });
  }

  /** Null from afar. */
  layer(scene: Scene | null, { zoom }: View): PlaneLayer | null {
    if (scene === null || zoom < LAMPS_FROM) return null;
    if (scene !== this.#shown || zoom !== this.#zoom) this.#paint(scene, zoom);
    return new PlaneLayer({ id: 'signal-heads', look: 'bar', shapes: this.#mesh, dotPixels: 0 });
  }

  #paint(scene: Scene, zoom: number): void {
    const half = Math.max(BAR_WIDTH_M, metresFor(LEAST_BAR_PX, zoom)) / 2;
    this.#mesh.clear();
    for (const { line, links } of this.#bars) {
      const letter = brightestLamp(links.map((link) => String.fromCharCode(scene.lamps[link] ?? 0)));
      const colour = LAMPS[letter] ?? DARK_LAMP;
      this.#mesh.quad(line[0]!, line[1]!, line[2]!, line[3]!, half, colour, letter === 'g' ? 150 : 255);
    }
    this.#shown = scene;
    this.#zoom = zoom;
  }
}
