import { alignColumns } from '../../src/trial/table.ts';

/** One figure that the engine must show: at least `floor` and at best `goal`, or at most where `isLess`. */
export interface Finding {
  readonly name: string;
  /** Null where this run did not measure it. */
  readonly measured: number | null;
  readonly unit: string;
  readonly floor?: number;
  readonly goal: number;
  readonly isLess?: boolean;
  readonly digits?: number;
  readonly note?: string;
}

/** Every figure beside its floor and goal. */
export function formatSummary(findings: readonly Finding[]): string {
  const rows = findings.map((finding) => {
    const { name, measured, unit, floor, goal, isLess = false, digits = 1, note = '' } = finding;
    const sign = isLess ? '<= ' : '>= ';
    const written = measured === null ? '-' : `${measured.toFixed(digits)} ${unit}`;
    return [name, written, floor === undefined ? '-' : `${sign}${floor}`, `${sign}${goal}`, judge(finding), note];
  });
  const counts = ['goal met', 'floor met', 'NOT met', 'not measured'].map(
    (verdict) => `${findings.filter((finding) => judge(finding) === verdict).length} ${verdict}`,
  );
  const head = ['what it must show', 'measured', 'floor', 'goal', 'verdict', ''];
  return `${alignColumns([head, ...rows])}\n${counts.join(', ')}`;
}

export function judge({ measured, floor, goal, isLess = false }: Finding): string {
  if (measured === null || Number.isNaN(measured)) return 'not measured';
  const reaches = (mark: number) => (isLess ? measured <= mark : measured >= mark);
  if (reaches(goal)) return 'goal met';
  return floor !== undefined && reaches(floor) ? 'floor met' : 'NOT met';
}
