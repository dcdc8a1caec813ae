import type { SeenVehicles } from '../street/observation.ts';
import type { Metres, MetresPerSecond } from '../units/units.ts';

/** A vehicle may be so far from where its speed says, at a stand and more per metre per second. */
const SLACK_M: Metres = 3;
const SLACK_PER_MPS = 0.5;
/** Missed more often in a row, it has gone; seen less often, it never was. */
const MOST_MISSES = 2;
const LEAST_HITS = 2;
const STANDING_MPS: MetresPerSecond = 0.5;

interface Blip {
  toEndM: Metres;
  speedMps: MetresPerSecond;
  kind: number;
  hits: number;
  misses: number;
}

/** Makes the pictures of noisy lanes steady: who is seen once never was, who is missed once or twice is still there. */
export class SteadyLanes {
  readonly #blips = new Map<number, Blip[]>();

  /** A picture in which the lanes of `noisy` are steady, the same one where there are none; call it every second. */
  clean(now: SeenVehicles, noisy: ReadonlySet<number>): SeenVehicles {
    for (const lane of this.#blips.keys()) if (!noisy.has(lane)) this.#blips.delete(lane);
    if (noisy.size === 0) return now;
    let count = now.toEndM.length;
    for (const lane of noisy) {
      const shown = this.#follow(lane, now).filter(isShown).length;
      count += shown - (now.laneStart[lane + 1]! - now.laneStart[lane]!);
    }
    const laneStart = new Uint32Array(now.laneStart.length);
    const toEndM = new Float32Array(count);
    const speedMps = new Float32Array(count);
    const kind = new Uint8Array(count);
    let at = 0;
    for (let lane = 0; lane + 1 < laneStart.length; lane++) {
      laneStart[lane] = at;
      if (noisy.has(lane)) {
        for (const blip of this.#blips.get(lane)!) {
          if (!isShown(blip)) continue;
          toEndM[at] = blip.toEndM;
          speedMps[at] = blip.speedMps;
          kind[at++] = blip.kind;
        }
        continue;
      }
      for (let v = now.laneStart[lane]!; v < now.laneStart[lane + 1]!; v++) {
        toEndM[at] = now.toEndM[v]!;
        speedMps[at] = now.speedMps[v]!;
        kind[at++] = now.kind[v]!;
      }
    }
    laneStart[laneStart.length - 1] = at;
    return { laneStart, toEndM, speedMps, kind, blind: now.blind };
  }

  /** Matches what is seen, nearest to the line first, with what was there a second ago. */
  #follow(lane: number, now: SeenVehicles): Blip[] {
    const before = this.#blips.get(lane) ?? [];
    const after: Blip[] = [];
    const isTaken = new Uint8Array(before.length);
    for (let v = now.laneStart[lane]!; v < now.laneStart[lane + 1]!; v++) {
      const toEndM = now.toEndM[v]!;
      let best = -1;
      let off = Number.POSITIVE_INFINITY;
      for (let b = 0; b < before.length; b++) {
        const { toEndM: wasM, speedMps } = before[b]!;
        const apart = Math.abs(wasM - speedMps - toEndM);
        if (isTaken[b] === 1 || apart > SLACK_M + SLACK_PER_MPS * speedMps || apart >= off) continue;
        best = b;
        off = apart;
      }
      if (best >= 0) isTaken[best] = 1;
      const hits = best >= 0 ? before[best]!.hits + 1 : 1;
      after.push({ toEndM, speedMps: now.speedMps[v]!, kind: now.kind[v]!, hits, misses: 0 });
    }
    before.forEach((blip, b) => {
      if (isTaken[b] === 1 || blip.misses >= MOST_MISSES || blip.hits < LEAST_HITS) return;
      const toEndM = blip.toEndM - blip.speedMps;
      if (toEndM < 0 && blip.speedMps > STANDING_MPS) return;
      after.push({ ...blip, toEndM: Math.max(0, toEndM), misses: blip.misses + 1 });
    });
    after.sort((a, b) => a.toEndM - b.toEndM);
    this.#blips.set(lane, after);
    return after;
  }
}

function isShown({ hits }: Blip): boolean {
  return hits >= LEAST_HITS;
}
