import type { RecordLine } from '../brain/record.ts';
import type { DecisionRow, InterventionRow } from './wire.ts';

/**
 * The last `most` rows of a record (newest first). A decision and its repetitions become one row, and so do an intervention
 * and its repetitions, even where the two alternate second by second.
 */
export function foldDecisions(lines: readonly RecordLine[], most: number): (DecisionRow | InterventionRow)[] {
  const rows: (DecisionRow | InterventionRow)[] = [];
  let decisionAt = -1;
  let interventionAt = -1;
  for (const line of lines) {
    const row = line.kind === 'decision' ? describe(line) : describeIntervention(line);
    const later = rows[row.kind === 'decision' ? decisionAt : interventionAt];
    if (row.kind === 'decision' && later?.kind === 'decision' && later.stage === row.stage) {
      const { result, rule } = row.result === 'accepted' ? row : later;
      rows[decisionAt] = { ...row, timeMs: later.timeMs, result, rule };
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

function describe(line: Extract<RecordLine, { kind: 'decision' }>): DecisionRow {
  const seen = new Map(line.seen.map(({ stage, count }) => [stage, count]));
  return {
    kind: 'decision',
    sinceMs: line.timeMs,
    timeMs: line.timeMs,
    stage: line.choice,
    why: line.why,
    alternatives: line.alternatives.map(({ stage, score }) => ({ stage, score, seen: seen.get(stage) ?? 0 })),
    result: line.answer.result,
    rule: line.answer.rule,
  };
}
