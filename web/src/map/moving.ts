import { COORDINATE_SYSTEM, type Layer } from '@deck.gl/core';
import { LineLayer, ScatterplotLayer } from '@deck.gl/layers';
import { VEHICLE_CLASSES } from '../../../src/city/city.ts';
import { brightestLamp, type MapDocument, type Scene } from '../../../src/server/wire.ts';
import { LAMPS, type Rgb, toRgb } from '../palette.ts';
import type { PlaneOrigin } from '../plane.ts';
import type { Poses } from '../playback.ts';
import { VehicleLayer } from './vehicle-layer.ts';

/** From this zoom on a vehicle is a rectangle of its true length, below it a dot. */
const RECTANGLES_FROM = 15.6;
const LAMPS_FROM = 14.8;

export const VEHICLE_COLOURS = {
  moving: toRgb('#e4ecf3'),
  bus: toRgb('#7fd0ff'),
  slow: toRgb('#f5b25c'),
  standing: toRgb('#ff5f86'),
} as const;

const LARGE = new Set(['bus', 'tram', 'rail'].map((kind) => VEHICLE_CLASSES.indexOf(kind as 'bus')));
const TRUCK = VEHICLE_CLASSES.indexOf('truck');
const NARROW = new Set(['motorcycle', 'bicycle'].map((kind) => VEHICLE_CLASSES.indexOf(kind as 'bicycle')));
const ELEVATED = 128;

const PLANE = {
  coordinateSystem: COORDINATE_SYSTEM.METER_OFFSETS,
  coordinateOrigin: [0, 0, 0] as [number, number, number],
};

function colourOf(speedMps: number, kind: number): Rgb {
  if (speedMps < 0.5) return VEHICLE_COLOURS.standing;
  if (speedMps < 4) return VEHICLE_COLOURS.slow;
  return LARGE.has(kind) ? VEHICLE_COLOURS.bus : VEHICLE_COLOURS.moving;
}

function widthOf(kind: number): number {
  if (LARGE.has(kind) || kind === TRUCK) return 2.5;
  return NARROW.has(kind) ? 0.9 : 1.9;
}

/** Arrays that one pane writes again every frame. */
export class VehicleArrays {
  colours = new Uint8Array(0);
  widths = new Float32Array(0);

  fill(poses: Poses): void {
    if (this.widths.length < poses.speed.length) {
      this.colours = new Uint8Array(poses.speed.length * 4);
      this.widths = new Float32Array(poses.speed.length);
    }
    for (let i = 0; i < poses.count; i++) {
      const kind = poses.kind[i]! & ~ELEVATED;
      const [red, green, blue] = colourOf(poses.speed[i]!, kind);
      this.colours[4 * i] = red;
      this.colours[4 * i + 1] = green;
      this.colours[4 * i + 2] = blue;
      this.colours[4 * i + 3] = 255;
      this.widths[i] = widthOf(kind);
    }
  }
}

/** Vehicles as deck.gl layers over the map. */
export function vehicleLayers(poses: Poses, arrays: VehicleArrays, zoom: number): Layer[] {
  arrays.fill(poses);
  const colour = { value: arrays.colours, size: 4, normalized: true };
  if (zoom < RECTANGLES_FROM) {
    return [
      new ScatterplotLayer({
        id: 'vehicle-dots',
        ...PLANE,
        data: {
          length: poses.count,
          attributes: { getPosition: { value: poses.front, size: 3 }, getFillColor: colour },
        },
        getRadius: 1,
        radiusUnits: 'pixels',
        radiusScale: zoom < 12.5 ? 1.1 : zoom < 14 ? 1.5 : 2,
        opacity: zoom < 12.5 ? 0.6 : zoom < 13.5 ? 0.8 : 1,
        stroked: false,
        antialiasing: true,
      }),
    ];
  }
  return [
    new VehicleLayer({
      id: 'vehicles',
      ...PLANE,
      data: {
        length: poses.count,
        attributes: {
          getSourcePosition: { value: poses.rear, size: 3 },
          getTargetPosition: { value: poses.front, size: 3 },
          getColor: colour,
          getWidth: { value: arrays.widths, size: 1 },
        },
      },
      widthUnits: 'meters',
      widthMinPixels: 2.4,
    }),
  ];
}

/** Stop lines in the colour of their lamps; built once per city, coloured when the lamps change. */
export class SignalHeads {
  readonly #from: Float32Array;
  readonly #to: Float32Array;
  readonly #links: readonly (readonly number[])[];
  #colours: Uint8Array;
  #shown: Scene | null = null;

  constructor(map: MapDocument, origin: PlaneOrigin) {
    let firstLamp = 0;
    const bars = map.signals.flatMap((signal) => {
      const first = firstLamp;
      firstLamp += signal.lamps;
      return signal.bars.map(({ line, links }) => ({ line, links: links.map((link) => first + link) }));
    });
    this.#from = Float32Array.from(bars.flatMap(({ line }) => [line[0] - origin.x, line[1] - origin.y, 0]));
    this.#to = Float32Array.from(bars.flatMap(({ line }) => [line[2] - origin.x, line[3] - origin.y, 0]));
    this.#links = bars.map(({ links }) => links);
    this.#colours = new Uint8Array(bars.length * 4);
  }

  layers(scene: Scene | null, zoom: number): Layer[] {
    if (scene === null || zoom < LAMPS_FROM) return [];
    if (scene !== this.#shown) {
      this.#colours = this.#colour(scene);
      this.#shown = scene;
    }
    return [
      new LineLayer({
        id: 'signal-heads',
        ...PLANE,
        data: {
          length: this.#links.length,
          attributes: {
            getSourcePosition: { value: this.#from, size: 3 },
            getTargetPosition: { value: this.#to, size: 3 },
            getColor: { value: this.#colours, size: 4, normalized: true },
          },
        },
        getWidth: 1.1,
        widthUnits: 'meters',
        widthMinPixels: zoom < 16 ? 1.5 : 2.5,
        antialiasing: true,
      }),
    ];
  }

  #colour(scene: Scene): Uint8Array {
    const colours = new Uint8Array(this.#links.length * 4);
    this.#links.forEach((links, bar) => {
      const letter = brightestLamp(links.map((link) => String.fromCharCode(scene.lamps[link] ?? 111)));
      colours.set(LAMPS[letter] ?? [120, 130, 140], bar * 4);
      colours[bar * 4 + 3] = letter === 'g' ? 150 : 255;
    });
    return colours;
  }
}
