import type { RecordLine } from '../brain/record.ts';
import type { DecisionRow, InterventionRow } from './wire.ts';

/** The last `most` rows of a record (newest first), a decision and its repetitions made one row. */
export function foldDecisions(lines: readonly RecordLine[], most: number): (DecisionRow | InterventionRow)[] {
  const rows: (DecisionRow | InterventionRow)[] = [];
  for (const line of lines) {
    if (line.kind === 'intervention') {
      if (rows.length >= most) break;
      rows.push({ kind: 'intervention', timeMs: line.timeMs, rule: line.rule, sentence: line.sentence });
      continue;
    }
    const later = rows[rows.length - 1];
    const row = describe(line);
    if (later?.kind === 'decision' && later.stage === row.stage) {
      rows[rows.length - 1] = { ...row, timeMs: later.timeMs };
    } else {
      if (rows.length >= most) break;
      rows.push(row);
    }
  }
  return rows;
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
