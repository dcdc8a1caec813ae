import type { MapDocument } from '../../../src/server/wire.ts';
import type { PlaneOrigin } from '../plane.ts';

interface Span {
  readonly x: number;
  readonly y: number;
  /** Unit direction and length. */
  readonly dx: number;
  readonly dy: number;
  readonly lengthM: number;
  readonly halfWidthM: number;
}

/** The elevated roads as straight spans, to hide what drives below them. */
export class Viaducts {
  readonly #spans: readonly Span[];

  constructor(map: MapDocument, origin: PlaneOrigin) {
    this.#spans = map.roads
      .filter(({ level }) => level > 0)
      .flatMap(({ centre, widthM }) => {
        const spans: Span[] = [];
        for (let i = 0; i + 3 < centre.length; i += 2) {
          const [x, y] = [centre[i]! - origin.x, centre[i + 1]! - origin.y];
          const [toX, toY] = [centre[i + 2]! - origin.x - x, centre[i + 3]! - origin.y - y];
          const lengthM = Math.hypot(toX, toY);
          if (lengthM > 0) {
            spans.push({ x, y, dx: toX / lengthM, dy: toY / lengthM, lengthM, halfWidthM: widthM / 2 });
          }
        }
        return spans;
      });
  }

  /** True for a point of the plane below an elevated road. */
  covers(x: number, y: number): boolean {
    return this.#spans.some((span) => {
      const along = (x - span.x) * span.dx + (y - span.y) * span.dy;
      const across = (x - span.x) * span.dy - (y - span.y) * span.dx;
      return along >= 0 && along <= span.lengthM && Math.abs(across) <= span.halfWidthM;
    });
  }
}
