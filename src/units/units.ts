/**
 * Quantities and ids carry their meaning in the type: a plain number literal fits, a `Metres` does not fit a `Seconds`.
 * The flavour exists for the compiler alone; at run time these are numbers and strings.
 */
type Flavoured<Base, Name extends string> = Base & { readonly unit?: Name };

export type Metres = Flavoured<number, 'm'>;
export type Seconds = Flavoured<number, 's'>;
export type MetresPerSecond = Flavoured<number, 'm/s'>;
export type MetresPerSecondSquared = Flavoured<number, 'm/s2'>;
/** Integer UTC milliseconds; a simulation that begins at second 25,200 begins at 25,200,000. */
export type Milliseconds = Flavoured<number, 'ms'>;

/** Stable ids, stored and served. Dense indices (plain numbers) live inside one city version and never leave the process. */
export type RoadId = Flavoured<string, 'road'>;
export type LaneId = Flavoured<string, 'lane'>;
export type MovementId = Flavoured<string, 'movement'>;
export type JunctionId = Flavoured<string, 'junction'>;
export type SignalId = Flavoured<string, 'signal'>;
export type DistrictId = Flavoured<string, 'district'>;
export type CornerId = Flavoured<string, 'corner'>;
export type CrossingId = Flavoured<string, 'crossing'>;
export type BusStopId = Flavoured<string, 'bus stop'>;
