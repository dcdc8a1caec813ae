/** Directions of travel, counter-clockwise from east; a left turn adds one, a right turn three. */
export const HEADINGS = [0, 1, 2, 3] as const;
export type Heading = (typeof HEADINGS)[number];

const STEP_X = [1, 0, -1, 0] as const;
const STEP_Y = [0, 1, 0, -1] as const;

/**
 * The benchmark grid (BENCHMARKS.md section 2): every junction has four arms of three lanes. Junctions stand at columns 1
 * to `columns` and rows 1 to `rows`; the places around them are the dead ends of the outermost roads.
 */
export interface GridShape {
  readonly columns: number;
  readonly rows: number;
}

export const BLOCK_M = 300;
export const LANES = 3;
export const SPEED_MPS = 13.89;

/** Drivers of every engine. The spread of speed factors is SUMO's default for cars; CityFlow knows neither it nor sigma. */
export const DRIVER = {
  lengthM: 5,
  widthM: 1.8,
  minGapM: 2.5,
  accelMps2: 2,
  decelMps2: 4.5,
  tauS: 1.5,
  sigma: 0.5,
  speedDev: 0.1,
} as const;

/** The road that leaves the place (column, row) with this heading. */
export interface GridRoad {
  readonly column: number;
  readonly row: number;
  readonly heading: Heading;
}

/** Lanes from the kerb: 0 right and straight on, 1 straight on, 2 left. Every link keeps its lane number, so none merge. */
export const LINKS: readonly { readonly turn: 'right' | 'straight' | 'left'; readonly lane: number }[] = [
  { turn: 'right', lane: 0 },
  { turn: 'straight', lane: 0 },
  { turn: 'straight', lane: 1 },
  { turn: 'left', lane: 2 },
];

const TURN_BY = { straight: 0, left: 1, right: 3 } as const;

export function turned(heading: Heading, turn: keyof typeof TURN_BY): Heading {
  return HEADINGS[(heading + TURN_BY[turn]) % 4] ?? 0;
}

export function nodeId(column: number, row: number): string {
  return `n${column}x${row}`;
}

export function endOf({ column, row, heading }: GridRoad): { column: number; row: number } {
  return { column: column + (STEP_X[heading] ?? 0), row: row + (STEP_Y[heading] ?? 0) };
}

export function roadId(road: GridRoad): string {
  const end = endOf(road);
  return `${nodeId(road.column, road.row)}-${nodeId(end.column, end.row)}`;
}

export function isJunction(shape: GridShape, column: number, row: number): boolean {
  return column >= 1 && column <= shape.columns && row >= 1 && row <= shape.rows;
}

/** The road that arrives at a junction with this heading. */
export function approach(column: number, row: number, heading: Heading): GridRoad {
  return { column: column - (STEP_X[heading] ?? 0), row: row - (STEP_Y[heading] ?? 0), heading };
}

export function listJunctions(shape: GridShape): { column: number; row: number }[] {
  return Array.from({ length: shape.columns * shape.rows }, (_, i) => ({
    column: 1 + (i % shape.columns),
    row: 1 + Math.floor(i / shape.columns),
  }));
}

/** The dead ends around the grid. */
export function listEnds({ columns, rows }: GridShape): { column: number; row: number }[] {
  return [
    ...Array.from({ length: columns }, (_, i) => [i + 1, 0] as const),
    ...Array.from({ length: columns }, (_, i) => [i + 1, rows + 1] as const),
    ...Array.from({ length: rows }, (_, i) => [0, i + 1] as const),
    ...Array.from({ length: rows }, (_, i) => [columns + 1, i + 1] as const),
  ].map(([column, row]) => ({ column, row }));
}

/** Every road that touches a junction. */
export function listRoads(shape: GridShape): GridRoad[] {
  const leaving = [...listJunctions(shape), ...listEnds(shape)];
  return leaving.flatMap(({ column, row }) =>
    HEADINGS.map((heading) => ({ column, row, heading })).filter((road) => {
      const end = endOf(road);
      return isJunction(shape, column, row) || isJunction(shape, end.column, end.row);
    }),
  );
}
