import type { LoopReadings, Observation, SeenVehicles } from './observation.ts';

type Readings = Pick<Observation, 'vehicles' | 'loops' | 'waiting'>;

/** Holds readings back until they are due: sensors marked late deliver what was `delay` readings ago, blind before the first. */
export class LateReadings {
  readonly #delay: number;
  /** By lane, by loop and by crossing: 1 where it is late. */
  readonly #isLate: { readonly lanes: Uint8Array; readonly loops: Uint8Array; readonly crossings: Uint8Array };
  /** The oldest first. */
  readonly #kept: Readings[] = [];

  constructor(delay: number, isLate: { lanes: Uint8Array; loops: Uint8Array; crossings: Uint8Array }) {
    this.#delay = delay;
    this.#isLate = isLate;
  }

  /** Takes in the readings of now and gives what arrives now. */
  deliver(now: Readings): Readings {
    if (this.#delay === 0) return now;
    this.#kept.push(now);
    const old = this.#kept.length > this.#delay ? this.#kept.shift()! : null;
    const { lanes, loops, crossings } = this.#isLate;
    return {
      vehicles: now.vehicles && mixPictures(now.vehicles, old?.vehicles ?? null, lanes),
      loops: now.loops && mixLoops(now.loops, old?.loops ?? null, loops),
      ...(now.waiting && {
        waiting: now.waiting.map((people, c) => (crossings[c] === 1 ? (old?.waiting?.[c] ?? 0) : people)),
      }),
    };
  }
}

/** The lanes marked from the old picture, blind where there is none, the others from that of now. */
function mixPictures(now: SeenVehicles, old: SeenVehicles | null, isOld: Uint8Array): SeenVehicles {
  const lanes = isOld.length;
  const laneStart = new Uint32Array(lanes + 1);
  const from = (lane: number) => (isOld[lane] === 1 ? old : now);
  for (let lane = 0; lane < lanes; lane++) {
    const starts = from(lane)?.laneStart;
    laneStart[lane + 1] = laneStart[lane]! + (starts === undefined ? 0 : starts[lane + 1]! - starts[lane]!);
  }
  const count = laneStart[lanes]!;
  const toEndM = new Float32Array(count);
  const speedMps = new Float32Array(count);
  const kind = new Uint8Array(count);
  const blind = new Uint8Array(lanes);
  for (let lane = 0; lane < lanes; lane++) {
    const picture = from(lane);
    blind[lane] = picture === null ? 1 : picture.blind[lane]!;
    if (picture === null) continue;
    const first = picture.laneStart[lane]!;
    for (let at = laneStart[lane]!, v = first; at < laneStart[lane + 1]!; at++, v++) {
      toEndM[at] = picture.toEndM[v]!;
      speedMps[at] = picture.speedMps[v]!;
      kind[at] = picture.kind[v]!;
    }
  }
  return { laneStart, toEndM, speedMps, kind, blind };
}

function mixLoops(now: LoopReadings, old: LoopReadings | null, isOld: Uint8Array): LoopReadings {
  const mixed: LoopReadings = {
    occupied: now.occupied.slice(),
    rises: now.rises.slice(),
    occupancy: now.occupancy.slice(),
    lastOnMs: now.lastOnMs.slice(),
    lastOffMs: now.lastOffMs.slice(),
    blind: now.blind.slice(),
  };
  for (let loop = 0; loop < isOld.length; loop++) {
    if (isOld[loop] === 0) continue;
    mixed.occupied[loop] = old === null ? 0 : old.occupied[loop]!;
    mixed.rises[loop] = old === null ? 0 : old.rises[loop]!;
    mixed.occupancy[loop] = old === null ? 0 : old.occupancy[loop]!;
    mixed.lastOnMs[loop] = old === null ? Number.NEGATIVE_INFINITY : old.lastOnMs[loop]!;
    mixed.lastOffMs[loop] = old === null ? Number.NEGATIVE_INFINITY : old.lastOffMs[loop]!;
    mixed.blind[loop] = old === null ? 1 : old.blind[loop]!;
  }
  return mixed;
}
