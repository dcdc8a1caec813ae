import { useTranslation } from 'react-i18next';
import type { DecisionRow, ForecastRow, InterventionRow, JunctionState, StageWords } from '../../../src/server/wire.ts';
import { sayReason } from '../words/reasons.ts';
import { Arrow } from './arrow.tsx';
import { stageNumber, stageText } from './stage-text.ts';

const SHOWN_DECISIONS = 8;
/** Movements that hardly anybody takes in the next minute are not told. */
const LEAST_VEHICLES = 0.1;

interface DecisionsProps {
  readonly state: JunctionState;
  readonly stages: readonly StageWords[];
}

/** Why the junction shows what it shows (the newest decision, open), and what was decided before. */
export function Decisions({ state, stages }: DecisionsProps) {
  const { t } = useTranslation();
  const rows = state.decisions.slice(0, SHOWN_DECISIONS);
  const newest = rows.findIndex(({ kind }) => kind === 'decision');
  return (
    <>
      <p className="caption">{t('junction.decisions')}</p>
      {rows.length === 0 && <p className="hint">{t('junction.none')}</p>}
      <ol className="decisions">
        {rows.map((row, place) =>
          row.kind === 'decision' ? (
            <Decision
              key={`${row.sinceMs} ${row.stage}`}
              row={row}
              state={state}
              stages={stages}
              isNewest={place === newest}
            />
          ) : (
            <Intervention key={`${row.sinceMs} ${row.rule}`} row={row} />
          ),
        )}
      </ol>
    </>
  );
}

interface DecisionProps extends DecisionsProps {
  readonly row: DecisionRow;
  readonly isNewest: boolean;
}

function Decision({ row, state, stages, isNewest }: DecisionProps) {
  const { t, i18n } = useTranslation();
  const heldS = Math.round((row.timeMs - row.sinceMs) / 1000);
  const rule = row.rule === null ? '' : ` (${t(`rule.${row.rule}`, { defaultValue: row.rule })})`;
  return (
    <li className="decision">
      <details open={isNewest}>
        <summary>
          <time>{clockTime(row.sinceMs)}</time>
          <b>{stageText(t, stages, row.stage)}</b>
          {heldS > 0 && <span className="held">{t('junction.held', { n: heldS })}</span>}
        </summary>
        <p className="why">
          <span className="caption">{t('junction.chosen')}</span> {sayReason(row.why, i18n.language)}
        </p>
        {row.still !== null && row.still !== row.why && (
          <p className="why">
            <span className="caption">{t(isNewest ? 'junction.now' : 'junction.last')}</span>{' '}
            {sayReason(row.still, i18n.language)}
          </p>
        )}
        <Alternatives row={row} stages={stages} />
        {row.movements.length > 0 && <Movements row={row} state={isNewest ? state : null} />}
        <p className={`why answer-${row.result}`}>
          {t('junction.guard')}: {t(`answer.${row.result}`, { defaultValue: row.result })}
          {rule}
        </p>
      </details>
    </li>
  );
}

/** Every stage weighed: of a controller that predicts its delay, where less is better; of others a score. */
function Alternatives({ row, stages }: { readonly row: DecisionRow; readonly stages: readonly StageWords[] }) {
  const { t } = useTranslation();
  if (row.alternatives.length < 2) return null;
  const scores = row.alternatives.map(({ score }) => score);
  const least = Math.min(0, ...scores);
  const span = Math.max(1e-9, Math.max(0, ...scores) - least);
  return (
    <table className="alternatives">
      <caption className="hint">{t(row.movements.length > 0 ? 'junction.delayOfStages' : 'junction.score')}</caption>
      <tbody>
        {row.alternatives.map(({ stage, score, seen }) => (
          <tr key={stage} className={stage === row.stage ? 'chosen' : undefined}>
            <th scope="row" title={stageText(t, stages, stage)}>
              {stageNumber(stages, stage)}
            </th>
            <td className="score">
              <i style={{ width: `${((score - least) / span) * 100}%` }} />
            </td>
            <td className="number">{oneDigit(score)}</td>
            <td className="number seen" title={t('junction.seen')}>
              {t('junction.seenCount', { n: seen })}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** What the plan does to each movement; `state` gives the lamps of now, null leaves them out. */
function Movements({ row, state }: { readonly row: DecisionRow; readonly state: JunctionState | null }) {
  const { t } = useTranslation();
  const most = Math.max(20, ...row.movements.map(delayEach));
  const lampOf = ({ from, turn }: ForecastRow): string =>
    state?.approaches.find((each) => each.from === from)?.turns.find((each) => each.turn === turn)?.lamp ?? 'o';
  return (
    <table className="alternatives movements">
      <caption className="hint">{t('junction.movements')}</caption>
      <tbody>
        {row.movements
          .filter(({ vehicles }) => vehicles >= LEAST_VEHICLES)
          .map((movement) => {
            const lamp = lampOf(movement);
            const words = `${t(`turn.${movement.turn}`)}${state === null ? '' : `: ${t(`lamp.${lamp}`)}`}`;
            return (
              <tr key={`${movement.from} ${movement.turn}`}>
                <th scope="row">{t(`compass.${movement.from}`)}</th>
                <td>
                  <Arrow turn={movement.turn} lamp={lamp} label={words} />
                </td>
                <td className="number seen">{t('junction.expected', { n: oneDigit(movement.vehicles) })}</td>
                <td className="score">
                  <i style={{ width: `${(delayEach(movement) / most) * 100}%` }} />
                </td>
                <td className="number">{t('junction.secondsEach', { n: Math.round(delayEach(movement)) })}</td>
              </tr>
            );
          })}
      </tbody>
    </table>
  );
}

/** Mean delay of the vehicles of a movement, s. */
function delayEach({ vehicles, delayS }: ForecastRow): number {
  return delayS / Math.max(LEAST_VEHICLES, vehicles);
}

function Intervention({ row }: { readonly row: InterventionRow }) {
  const { t, i18n } = useTranslation();
  return (
    <li className="decision intervention">
      <p>
        <time>{clockTime(row.sinceMs)}</time>
        <b>
          {t('junction.guard')}: {t(`rule.${row.rule}`, { defaultValue: row.rule })}
        </b>
      </p>
      {i18n.language !== 'zh' && <p className="why">{row.sentence}</p>}
    </li>
  );
}

const oneDigit = (value: number): number => Math.round(value * 10) / 10;
const clockTime = (timeMs: number): string => new Date(timeMs).toISOString().slice(11, 19);
