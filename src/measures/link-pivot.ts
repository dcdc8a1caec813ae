import type { CorridorStop } from './corridor.ts';
import { getColumn, type Table } from './table.ts';

/** Shifts of arrivals that are looked at, either way (s): whole cycles of up to 240 s. */
export const FARTHEST_SHIFT_S = 120;

/** What to do with the offset of one signal, and what that does on the link to the next one. */
export interface OffsetAdvice {
  readonly device: string;
  /** Seconds to add to its offset; modulo the cycle. */
  readonly addS: number;
  /** Arrivals of both directions of the link to the next signal, and those on green before and after; 0 at the last one. */
  readonly arrivals: number;
  readonly onGreenBefore: number;
  readonly onGreenAfter: number;
}

/**
 * Offsets for the most arrivals on green along a corridor, by link pivot (Day et al., Evaluation of Arterial Signal
 * Coordination, Transportation Research Record 2192, 2010, https://doi.org/10.3141/2192-04): the last signal stays; adding
 * seconds to the offset of a signal brings the arrivals at the next one later and those at itself, from the next one,
 * earlier. Each link takes the shift with most arrivals on green in both directions, the smallest of equals, and every
 * signal before it moves along.
 * @param stops in order along the corridor
 * @param profiles table `offset_profile`; @param devices ids by the positions in it
 */
export function adviseOffsets(
  stops: readonly Pick<CorridorStop, 'device' | 'forward' | 'back'>[],
  profiles: Table,
  devices: readonly string[],
): OffsetAdvice[] {
  const byPhase = readProfiles(profiles, devices);
  let addS = 0;
  const advice: OffsetAdvice[] = [];
  for (let at = stops.length - 1; at >= 0; at--) {
    const [stop, next] = [stops[at]!, stops[at + 1]];
    const onward = next === undefined ? undefined : byPhase.get(keyOf(next.device, next.forward));
    const back = next === undefined ? undefined : byPhase.get(keyOf(stop.device, stop.back));
    const onGreen = (shiftS: number): number =>
      (onward?.onGreen[FARTHEST_SHIFT_S + shiftS] ?? 0) + (back?.onGreen[FARTHEST_SHIFT_S - shiftS] ?? 0);
    let best = 0;
    for (let size = 1; size <= FARTHEST_SHIFT_S; size++) {
      for (const shiftS of [size, -size]) if (onGreen(shiftS) > onGreen(best)) best = shiftS;
    }
    addS += best;
    advice.unshift({
      device: stop.device,
      addS,
      arrivals: (onward?.arrivals ?? 0) + (back?.arrivals ?? 0),
      onGreenBefore: onGreen(0),
      onGreenAfter: onGreen(best),
    });
  }
  return advice;
}

interface Profile {
  arrivals: number;
  /** By shift, from the earliest. */
  readonly onGreen: Float64Array;
}

const keyOf = (device: string, phase: number): string => `${device} ${phase}`;

function readProfiles(table: Table, devices: readonly string[]): Map<string, Profile> {
  const [device, phase, shift, arrivals, onGreen] = ['DeviceId', 'Phase', 'Shift', 'Arrivals', 'OnGreen'].map(
    (name) => getColumn(table, name).values,
  );
  const profiles = new Map<string, Profile>();
  for (let row = 0; row < table.length; row++) {
    const key = keyOf(devices[device![row]!] ?? '', phase![row]!);
    let profile = profiles.get(key);
    if (profile === undefined) {
      profile = { arrivals: arrivals![row]!, onGreen: new Float64Array(2 * FARTHEST_SHIFT_S + 1) };
      profiles.set(key, profile);
    }
    profile.onGreen[shift![row]! + FARTHEST_SHIFT_S] = onGreen![row]!;
  }
  return profiles;
}
