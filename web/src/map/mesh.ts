import type { Rgb } from '../palette.ts';
import type { Shapes } from './plane-layer.ts';

/** Shapes that grow as they are added and keep their room from frame to frame. */
export class Mesh implements Shapes {
  corners = new Float32Array(0);
  colours = new Uint8Array(0);
  cornerCount = 0;

  clear(): void {
    this.cornerCount = 0;
  }

  dot(x: number, y: number, colour: Rgb, alpha: number): void {
    this.#reserve(1);
    this.#corner(x, y, colour, alpha);
  }

  /** A quad from (x0, y0) to (x1, y1), `half` metres to each side; corners in the order the shader counts them. */
  quad(x0: number, y0: number, x1: number, y1: number, half: number, colour: Rgb, alpha: number): void {
    const length = Math.hypot(x1 - x0, y1 - y0);
    if (length === 0) return;
    const sideX = (-(y1 - y0) / length) * half;
    const sideY = ((x1 - x0) / length) * half;
    this.#reserve(6);
    this.#corner(x0 - sideX, y0 - sideY, colour, alpha);
    this.#corner(x1 - sideX, y1 - sideY, colour, alpha);
    this.#corner(x1 + sideX, y1 + sideY, colour, alpha);
    this.#corner(x0 - sideX, y0 - sideY, colour, alpha);
    this.#corner(x1 + sideX, y1 + sideY, colour, alpha);
    this.#corner(x0 + sideX, y0 + sideY, colour, alpha);
  }

  #corner(x: number, y: number, [red, green, blue]: Rgb, alpha: number): void {
    const at = this.cornerCount++;
    this.corners[2 * at] = x;
    this.corners[2 * at + 1] = y;
    this.colours[4 * at] = red;
    this.colours[4 * at + 1] = green;
    this.colours[4 * at + 2] = blue;
    this.colours[4 * at + 3] = alpha;
  }

  #reserve(more: number): void {
    const needed = this.cornerCount + more;
    if (this.corners.length >= 2 * needed) return;
    const corners = new Float32Array(Math.max(512, 4 * needed));
    const colours = new Uint8Array(corners.length * 2);
    corners.set(this.corners);
    colours.set(this.colours);
    this.corners = corners;
    this.colours = colours;
  }
}
