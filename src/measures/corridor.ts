/** A junction of a corridor: metres along it, and the phases that let each direction go (0 for none). */
export interface CorridorStop {
  readonly device: string;
  readonly atM: number;
  readonly forward: number;
  readonly back: number;
}

/** Junctions along a street whose signals are looked at together. */
export interface Corridor {
  readonly name: string;
  /** Speed of progression. */
  readonly speedMps: number;
  readonly stops: readonly CorridorStop[];
}
