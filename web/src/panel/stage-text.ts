import type { TFunction } from 'i18next';
import type { StageWords } from '../../../src/server/wire.ts';

/** Place of a stage in its signal's order, from 1. */
export function stageNumber(stages: readonly StageWords[], stage: number): number {
  return stages.findIndex((words) => words.stage === stage) + 1;
}

/** "Stage 2 · north and south: straight, right", grouping approaches with the same turns. */
export function stageText(t: TFunction, stages: readonly StageWords[], stage: number): string {
  const words = stages.find((each) => each.stage === stage);
  const name = t('junction.stageName', { n: stageNumber(stages, stage) });
  if (words === undefined) return name;
  const byTurns = new Map<string, string[]>();
  for (const { from, turns } of words.greens) {
    const key = turns.map((turn) => t(`turn.${turn}`)).join(t('join.comma'));
    byTurns.set(key, [...(byTurns.get(key) ?? []), t(`compass.${from}`)]);
  }
  const parts = [...byTurns].map(([turns, from]) => t('join.pair', { from: from.join(t('join.and')), turns }));
  return `${name} · ${parts.join(' · ')}`;
}
