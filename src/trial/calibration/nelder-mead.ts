/** A place in the cube [-1, 1]^n, and what was found there. */
interface Vertex {
  readonly at: readonly number[];
  readonly value: number;
}

export interface SearchOptions {
  readonly dimensions: number;
  /** Evaluations at most; the search ends earlier when the simplex has shrunk below `tolerance`. */
  readonly most: number;
  /** Edge of the first simplex. */
  readonly edge: number;
  readonly tolerance: number;
}

/**
 * Least value found by the downhill simplex (Nelder and Mead 1965) from the centre of the cube [-1, 1]^n; places outside
 * are moved to its border. A simplex may shrink before it has arrived, so it is laid anew, half as large, until that gains
 * nothing. The function may be slow and slightly rough; nothing is drawn, so the search replays.
 */
export async function searchSimplex(
  evaluate: (at: readonly number[]) => Promise<number>,
  { dimensions, most, edge, tolerance }: SearchOptions,
): Promise<Vertex> {
  let evaluated = 0;
  const visit = async (place: readonly number[]): Promise<Vertex> => {
    const at = place.map((value) => Math.min(1, Math.max(-1, value)));
    evaluated++;
    return { at, value: await evaluate(at) };
  };
  const isSpent = () => evaluated >= most;
  let best = await visit(new Array<number>(dimensions).fill(0));
  for (let size = edge; size > tolerance && !isSpent(); size /= 2) {
    const found = await shrink(await layOut(best, size, visit, isSpent), visit, tolerance, isSpent);
    const isBetter = found.value < best.value;
    if (isBetter) best = found;
    else if (size < edge) break;
  }
  return best;
}

type Visit = (place: readonly number[]) => Promise<Vertex>;

/** A simplex with one corner at `from` and the others `size` away along each axis, inside the cube. */
async function layOut(from: Vertex, size: number, visit: Visit, isSpent: () => boolean): Promise<Vertex[]> {
  const simplex = [from];
  for (let i = 0; i < from.at.length && !isSpent(); i++) {
    simplex.push(
      await visit(from.at.map((value, j) => (i !== j ? value : value + size <= 1 ? value + size : value - size))),
    );
  }
  return simplex;
}

/** Moves and shrinks a simplex until it is smaller than `tolerance`; gives its best corner. */
async function shrink(simplex: Vertex[], visit: Visit, tolerance: number, isSpent: () => boolean): Promise<Vertex> {
  const last = simplex.length - 1;
  const sort = () => simplex.sort((a, b) => a.value - b.value);
  sort();
  while (!isSpent() && spanOf(simplex) > tolerance) {
    const best = simplex[0] as Vertex;
    const worst = simplex[last] as Vertex;
    const secondWorst = simplex[last - 1] as Vertex;
    const middle = best.at.map((_, i) => simplex.slice(0, last).reduce((sum, v) => sum + (v.at[i] ?? 0), 0) / last);
    const along = (t: number) => middle.map((value, i) => value + t * (value - (worst.at[i] ?? 0)));
    const reflected = await visit(along(1));
    let next: Vertex | null = reflected;
    if (reflected.value < best.value) {
      const expanded = await visit(along(2));
      if (expanded.value < reflected.value) next = expanded;
    } else if (reflected.value >= secondWorst.value) {
      const contracted = await visit(along(reflected.value < worst.value ? 0.5 : -0.5));
      next = contracted.value < Math.min(worst.value, reflected.value) ? contracted : null;
    }
    if (next !== null) {
      simplex[last] = next;
    } else {
      for (let i = 1; i <= last && !isSpent(); i++) {
        const { at } = simplex[i] as Vertex;
        simplex[i] = await visit(at.map((value, j) => ((best.at[j] ?? 0) + value) / 2));
      }
    }
    sort();
  }
  return simplex[0] as Vertex;
}

/** Longest edge from the best place, along any one axis. */
function spanOf(simplex: readonly Vertex[]): number {
  const [best, ...others] = simplex;
  return Math.max(...others.flatMap(({ at }) => at.map((value, i) => Math.abs(value - (best?.at[i] ?? 0)))));
}
