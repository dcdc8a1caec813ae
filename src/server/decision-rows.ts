import type { RecordLine } from '../brain/record.ts';
import { TURNS } from './stage-words.ts';
import { COMPASS, type DecisionRow, type ForecastRow, type InterventionRow } from './wire.ts';

/** Where the traffic from one road to another comes from and turns, by road ids; undefined for roads that do not meet. */
export type NameMovement = (from: string, to: string) => Pick<ForecastRow, 'from' | 'turn'> | undefined;

/**
 * The last `most` rows of a record (newest first). A decision and its repetitions become one row, and so do an intervention
 * and its repetitions, even where the two alternate second by second. Such a row tells why it was first made and why it was
 * last repeated, with what was weighed the last time that several stages were.
 */
export function foldDecisions(
  lines: readonly RecordLine[],
  most: number,
  name: NameMovement,
): (DecisionRow | InterventionRow)[] {
  const rows: (DecisionRow | InterventionRow)[] = [];
  let decisionAt = -1;
  let interventionAt = -1;
  for (const line of lines) {
    if (line.kind === 'mode') continue;
    const row = line.kind === 'decision' ? describe(line, name) : describeIntervention(line);
    const later = rows[row.kind === 'decision' ? decisionAt : interventionAt];
    if (row.kind === 'decision' && later?.kind === 'decision' && later.stage === row.stage) {
      const { result, rule } = row.result === 'accepted' ? row : later;
      const { alternatives, movements } = later.alternatives.length > 1 ? later : row;
      const { timeMs, still } = later;
      rows[decisionAt] = { ...row, timeMs, still: still ?? later.why, alternatives, movements, result, rule };
    } else if (row.kind === 'intervention' && later?.kind === 'intervention' && later.rule === row.rule) {
      rows[interventionAt] = { ...row, timeMs: later.timeMs };
    } else {
      if (rows.length >= most) break;
      const at = rows.push(row) - 1;
      if (row.kind === 'decision') decisionAt = at;
      else interventionAt = at;
    }
  }
  return rows;
}

function describeIntervention({
  timeMs,
  rule,
  sentence,
}: Extract<RecordLine, { kind: 'intervention' }>): InterventionRow {
  return { kind: 'intervention', sinceMs: timeMs, timeMs, rule, sentence };
}

function describe(line: Extract<RecordLine, { kind: 'decision' }>, name: NameMovement): DecisionRow {
  const seen = new Map(line.seen.map(({ stage, count }) => [stage, count]));
  return {
    kind: 'decision',
    sinceMs: line.timeMs,
    timeMs: line.timeMs,
    stage: line.choice,
    why: line.why,
    still: null,
    alternatives: line.alternatives.map(({ stage, score }) => ({ stage, score, seen: seen.get(stage) ?? 0 })),
    movements: (line.movements ?? [])
      .flatMap(({ from, to, ...expected }) => {
        const named = name(from, to);
        return named === undefined ? [] : [{ ...named, ...expected }];
      })
      .sort((a, b) => placeOf(a) - placeOf(b)),
    result: line.answer.result,
    rule: line.answer.rule,
  };
}

/** Clockwise from north, from the left to the right of a driver. */
function placeOf({ from, turn }: ForecastRow): number {
  return COMPASS.indexOf(from) * TURNS.length + TURNS.indexOf(turn);
}
