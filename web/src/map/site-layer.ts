import type { SiteDocument } from '../../../src/server/site.ts';
import { type Rgb, toRgb } from '../palette.ts';
import type { PlaneOrigin } from '../plane.ts';
import { detectorKey } from '../site/store.ts';
import { Mesh } from './mesh.ts';
import { PlaneLayer } from './plane-layer.ts';

export const DETECTOR_COLOURS = {
  'stop-line': toRgb('#8fd8ff'),
  advance: toRgb('#c9a2ff'),
  count: toRgb('#b9c2cb'),
} as const;
const LANE: Rgb = [143, 216, 255];
const STOP_LINE: Rgb = [255, 255, 255];
const CORRECTED: Rgb = [242, 165, 65];
const STOP_LINE_M = 0.5;
/** A detector is drawn at least this long, and narrower than its lane. */
const SHORTEST_M = 1.5;
const NARROWER_M = 0.9;
/** How near a press must be to the middle of a detector's lane. */
const NEAR_M = 1.8;

type Drawn = { readonly shape: readonly number[]; readonly widthM: number };

/** The lanes, stop lines and detectors of a site, the selected one brightest; corrected ones have an amber edge. */
export class SiteLayer {
  readonly #origin: PlaneOrigin;
  readonly #mesh = new Mesh();

  constructor(origin: PlaneOrigin) {
    this.#origin = origin;
  }

  layer(site: SiteDocument, selected: string | null): PlaneLayer {
    this.#mesh.clear();
    for (const lane of site.lanes) {
      const isCorrected =
        lane.stopLineM !== 0 || lane.speedMps !== lane.ownSpeedMps || String(lane.allowed) !== String(lane.ownAllowed);
      this.#stroke(lane, lane.widthM / 2 - 0.3, LANE, lane.id === selected ? 105 : 34);
      const end = lastPiece(lane.shape, STOP_LINE_M);
      const colour = isCorrected || lane.turns.length < lane.ownTurns.length ? CORRECTED : STOP_LINE;
      this.#stroke({ ...lane, shape: end }, lane.widthM / 2 - 0.2, colour, 255);
    }
    for (const detector of site.detectors) {
      const shape = detector.lengthM >= SHORTEST_M ? detector.shape : lastPiece(detector.shape, SHORTEST_M);
      const half = (detector.widthM - NARROWER_M) / 2;
      const isSelected = detectorKey(detector) === selected;
      if (detector.isCorrected || isSelected)
        this.#stroke({ ...detector, shape }, half + 0.35, isSelected ? STOP_LINE : CORRECTED, 255);
      this.#stroke({ ...detector, shape }, half, DETECTOR_COLOURS[detector.kind], 235);
    }
    return new PlaneLayer({ id: 'site', look: 'bar', shapes: this.#mesh, dotPixels: 0 });
  }

  #stroke({ shape }: Drawn, half: number, colour: Rgb, alpha: number): void {
    const { x, y } = this.#origin;
    for (let i = 0; i + 3 < shape.length; i += 2)
      this.#mesh.quad(shape[i]! - x, shape[i + 1]! - y, shape[i + 2]! - x, shape[i + 3]! - y, half, colour, alpha);
  }
}

/** The detector, or else the lane, at a place of the plane; null for neither. */
export function findOnSite(site: SiteDocument, x: number, y: number): string | null {
  const detector = site.detectors.find(({ shape }) => distanceTo(shape, x, y) < NEAR_M);
  if (detector !== undefined) return detectorKey(detector);
  return site.lanes.find(({ shape, widthM }) => distanceTo(shape, x, y) < widthM / 2)?.id ?? null;
}

function distanceTo(shape: readonly number[], x: number, y: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i + 3 < shape.length; i += 2) {
    const [dx, dy] = [shape[i + 2]! - shape[i]!, shape[i + 3]! - shape[i + 1]!];
    const along = ((x - shape[i]!) * dx + (y - shape[i + 1]!) * dy) / (dx * dx + dy * dy || 1);
    const at = Math.min(1, Math.max(0, along));
    least = Math.min(least, Math.hypot(x - shape[i]! - at * dx, y - shape[i + 1]! - at * dy));
  }
  return least;
}

/** The last metres of a line, straight. */
function lastPiece(shape: readonly number[], lengthM: number): number[] {
  const last = shape.length - 2;
  const [x1, y1] = [shape[last] ?? 0, shape[last + 1] ?? 0];
  for (let i = last - 2; i >= 0; i -= 2) {
    const [dx, dy] = [x1 - shape[i]!, y1 - shape[i + 1]!];
    const far = Math.hypot(dx, dy);
    if (far > 0.01) return [x1 - (dx / far) * lengthM, y1 - (dy / far) * lengthM, x1, y1];
  }
  return [x1 - lengthM, y1, x1, y1];
}
