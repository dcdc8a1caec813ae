/** Colours by role. The speed ramp keeps its steps apart for red-, green- and blue-blind eyes (tests/web/palette.test.ts). */
export const PALETTE = {
  land: '#0e1318',
  city: '#131a21',
  water: '#12293a',
  waterEdge: '#1d3d53',
  green: '#14241f',
  bridge: '#2b333c',
  district: '#46535f',
  asphalt: '#262e37',
  asphaltEdge: '#39444f',
  elevated: '#3a4550',
  elevatedEdge: '#07090c',
  marking: '#74818e',
  junctionRing: '#8fa1b3',
  selected: '#ffffff',
  label: '#aab6c2',
  labelHalo: '#11171d',
  districtLabel: '#d3dbe3',
} as const;

/** By speed class: 0 nobody, 1 below a fifth of the limit, ... 5 free. */
export const SPEED_RAMP = ['#2f3943', '#f0436f', '#f59a3c', '#ecdc9f', '#7cc0cf', '#35719f'] as const;

export type Rgb = readonly [number, number, number];

export function toRgb(hex: string): Rgb {
  const value = Number.parseInt(hex.slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}

export const DARK_LAMP: Rgb = [120, 130, 140];

/** Lamp letters as in a signal program's states. */
export const LAMPS: Readonly<Record<string, Rgb>> = {
  G: [46, 230, 170],
  g: [46, 230, 170],
  y: [255, 205, 70],
  u: [255, 160, 70],
  r: [255, 74, 74],
  s: [255, 120, 74],
  o: DARK_LAMP,
  O: DARK_LAMP,
};

export const WITH_BRAIN = '#55d6be';
export const WITHOUT_BRAIN = '#a7b0bd';
