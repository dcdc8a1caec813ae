import type { City, Signal } from '../../city/city.ts';
import { findProgramAt } from '../../city/control.ts';
import { placePoint } from '../../city/upstream.ts';
import { countOf, escapeText } from '../written.ts';

const DAY_MIN = 24 * 60;
const MINUTE_MS = 60_000;

/**
 * Detectors as SUMO's (an area where their length is known, otherwise a loop) that measure nothing and carry their wiring as
 * parameters; and the schedule of the city's day as one WAUT per signal.
 */
export function formatControl(city: City): string[] {
  const detectors = city.detectors.map(({ signal, channel, phase, kind, lane: approach, distanceM, lengthM }) => {
    const { legs } = placePoint(city, approach, distanceM);
    const { lane, endToStopLineM } = legs[legs.length - 1] ?? { lane: approach, endToStopLineM: 0 };
    const own = city.lanes[lane];
    const approachId = city.lanes[approach]?.id ?? '';
    const pos = Math.max(0, Math.round(100 * ((own?.lengthM ?? 0) - (distanceM - endToStopLineM) - lengthM)) / 100);
    const id = city.signals[signal]?.id ?? '';
    const isOnApproach = lane === approach && pos > 0;
    const params: readonly (readonly [string, string | number])[] = [
      ['signal', id],
      ['channel', channel],
      ['phase', phase],
      ['kind', kind],
      ...(isOnApproach
        ? []
        : ([
            ['lane', approachId],
            ['distance', distanceM],
          ] as const)),
    ];
    const name = lengthM > 0 ? 'laneAreaDetector' : 'inductionLoop';
    const length = lengthM > 0 ? ` length="${lengthM}"` : '';
    const inner = params.map(([key, value]) => `<param key="${key}" value="${escapeText(String(value))}"/>`).join('');
    return `<${name} id="${escapeText(`${id}/${channel}/${approachId}`)}" lane="${escapeText(own?.id ?? '')}" pos="${pos}"${length} friendlyPos="true" period="86400" file="NUL">${inner}</${name}>`;
  });
  const timetables = city.signals.flatMap((signal) => {
    if (signal.schedule === undefined) return [];
    const id = escapeText(signal.id);
    const [start, ...changes] = listChanges(city, signal);
    const switches = changes.map(
      ({ atMin, program }) => `<wautSwitch time="${60 * atMin}" to="${escapeText(program)}"/>`,
    );
    return [
      `<WAUT id="${id}" refTime="0" startProg="${escapeText(start?.program ?? '')}">${switches.join('')}</WAUT>`,
      `<wautJunction wautID="${id}" junctionID="${id}"/>`,
    ];
  });
  return [...detectors, ...timetables];
}

/** Minutes of the city's day at which another program begins, the first at midnight. */
function listChanges(city: City, signal: Signal): { atMin: number; program: string }[] {
  const times = new Set([0, ...(signal.schedule ?? []).flatMap(({ fromMin, toMin }) => [fromMin, toMin])]);
  const changes: { atMin: number; program: string }[] = [];
  for (const atMin of [...times].filter((time) => time < DAY_MIN).sort((a, b) => a - b)) {
    const program = signal.programs[findProgramAt(city, signal, atMin * MINUTE_MS)]?.id ?? '';
    if (changes.at(-1)?.program !== program) changes.push({ atMin, program });
  }
  return changes;
}

/** What of plans and schedules SUMO cannot hold. */
export function listLostControl({ signals }: City): (string | null)[] {
  const dated = signals.filter(({ schedule = [] }) => schedule.some(({ days }) => new Set(days).size < 7));
  const rings = signals.filter(({ programs }) => programs.some((program) => program.rings !== undefined));
  return [
    countOf(
      dated.length,
      'schedule for other days than the one it is written for',
      'schedules for other days than the one they are written for',
    ),
    countOf(rings.length, "signal's rings and barriers", "signals' rings and barriers"),
  ];
}
