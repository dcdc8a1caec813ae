import type { City, Program } from '../../city/city.ts';
import { escapeText } from '../written.ts';

/** A tlLogic of a program. */
export function formatProgram(signal: string, { id, isActuated, offsetS, phases }: Program): string {
  const rows = phases.map(({ durationS, state, minS, maxS }) => {
    const least = minS === undefined ? '' : ` minDur="${minS}"`;
    const most = maxS === undefined ? '' : ` maxDur="${maxS}"`;
    return `<phase duration="${durationS}"${least}${most} state="${state}"/>`;
  });
  const type = isActuated ? 'actuated' : 'static';
  return `<tlLogic id="${escapeText(signal)}" type="${type}" programID="${escapeText(id)}" offset="${offsetS}">${rows.join('')}</tlLogic>`;
}

/** An additional file with every signal's own program run by its durations, under the name `programId`. */
export function formatFixedPrograms({ signals }: City, programId: string): string {
  const programs = signals.flatMap(({ id, programs: [own] }) => {
    if (own === undefined) return [];
    const phases = own.phases.map(({ durationS, state }) => ({ durationS, state }));
    return formatProgram(id, { id: programId, offsetS: own.offsetS, phases });
  });
  return `<additional>\n${programs.join('\n')}\n</additional>\n`;
}
