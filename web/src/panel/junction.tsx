import type { TFunction } from 'i18next';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type {
  DecisionRow,
  InterventionRow,
  JunctionDocument,
  JunctionState,
  RunName,
  StageWords,
  TurnName,
} from '../../../src/server/wire.ts';
import { fetchJunction } from '../live.ts';
import { usePage } from '../store.ts';

const ASK_EVERY_MS = 1000;
const SHOWN_DECISIONS = 8;

/** A junction's stage, lamps, queues and last decisions, in both runs. */
export function JunctionPanel({ id }: { readonly id: string }) {
  const { t } = useTranslation();
  const { junction, gone } = useJunction(id);
  const view = usePage((page) => page.view);
  const name = usePage((page) => page.map?.junctions.find((each) => each.id === id)?.name ?? '');
  const runs: readonly RunName[] = view === 'both' ? ['with', 'without'] : [view];
  return (
    <section className="junction" aria-label={t('junction.heading', { id })}>
      <header>
        <h2>
          {name || t('junction.heading', { id })}
          {name !== '' && <small className="junction-id">{id}</small>}
        </h2>
        <button
          type="button"
          className="close"
          aria-label={t('junction.close')}
          onClick={() => usePage.setState({ junction: null })}
        >
          ×
        </button>
      </header>
      {junction === null && <p className="hint">{t(gone ? 'junction.gone' : 'junction.loading')}</p>}
      {junction !== null && junction.runs === null && <p className="hint">{t('junction.unsignalised')}</p>}
      {junction?.runs &&
        runs.map(
          (run) =>
            junction.runs && <RunState key={run} run={run} state={junction.runs[run]} stages={junction.stages} />,
        )}
    </section>
  );
}

function useJunction(id: string): { junction: JunctionDocument | null; gone: boolean } {
  const [answer, setAnswer] = useState<{ id: string; junction: JunctionDocument | null }>({ id: '', junction: null });
  useEffect(() => {
    const stop = new AbortController();
    const ask = (): void => {
      fetchJunction(id, stop.signal)
        .then((junction) => setAnswer({ id, junction }))
        .catch(() => undefined);
    };
    ask();
    const timer = setInterval(ask, ASK_EVERY_MS);
    return () => {
      clearInterval(timer);
      stop.abort();
    };
  }, [id]);
  return answer.id === id
    ? { junction: answer.junction, gone: answer.junction === null }
    : { junction: null, gone: false };
}

const ARROWS = {
  'u-turn': 'M5 14V7a3 3 0 0 1 6 0v6M8.6 10.8 11 13.2l2.4-2.4',
  left: 'M11 14V9a2 2 0 0 0-2-2H3.4M6 4.2 3.2 7 6 9.8',
  straight: 'M8 14V3M5.2 5.8 8 3l2.8 2.8',
  right: 'M5 14V9a2 2 0 0 1 2-2h5.6M10 4.2 12.8 7 10 9.8',
} as const;

interface ArrowProps {
  readonly turn: TurnName;
  readonly lamp: string;
  readonly label: string;
}

/** A turn in the colour of its lamp; barred when it may not go, so that colour alone never tells. */
function Arrow({ turn, lamp, label }: ArrowProps) {
  return (
    <svg viewBox="0 0 16 16" className={`arrow lamp-${lamp}`} role="img" aria-label={label}>
      <title>{label}</title>
      <path d={ARROWS[turn]} />
      {lamp === 'r' && <path d="M2 2l12 12" className="bar" />}
    </svg>
  );
}

interface RunStateProps {
  readonly run: RunName;
  readonly state: JunctionState;
  readonly stages: readonly StageWords[];
}

function RunState({ run, state, stages }: RunStateProps) {
  const { t } = useTranslation();
  const shown = stages.find(({ stage }) => stage === state.stage);
  const most = Math.max(8, ...state.approaches.map(({ vehicles }) => vehicles));
  return (
    <div className={`junction-run run-${run}`}>
      <h3>{t(`run.${run}`)}</h3>
      <p className="stage-now">
        <span className="caption">{t('junction.stage')}</span>
        {shown === undefined ? <em>{t('junction.changing')}</em> : <b>{stageText(t, stages, shown.stage)}</b>}
      </p>
      <p className="caption">{t('junction.queues')}</p>
      <ul className="queues">
        {state.approaches.map((approach) => (
          <li key={approach.road}>
            <span className="approach" title={approach.name}>
              {t(`compass.${approach.from}`)}
              {approach.name !== '' && <small>{approach.name}</small>}
            </span>
            <span className="turns">
              {approach.turns.map(({ turn, lamp }) => (
                <Arrow key={turn} turn={turn} lamp={lamp} label={`${t(`turn.${turn}`)}: ${t(`lamp.${lamp}`)}`} />
              ))}
            </span>
            <span className="queue-bar">
              <i className="moving" style={{ width: `${(approach.vehicles / most) * 100}%` }} />
              <i className="standing" style={{ width: `${(approach.standing / most) * 100}%` }} />
            </span>
            <span className="number" title={t('junction.standingOf', { ...approach })}>
              {approach.standing}/{approach.vehicles}
            </span>
          </li>
        ))}
      </ul>
      {run === 'without' ? (
        <p className="hint">{t('junction.fixed')}</p>
      ) : (
        <Decisions rows={state.decisions} stages={stages} />
      )}
    </div>
  );
}

interface DecisionsProps {
  readonly rows: readonly (DecisionRow | InterventionRow)[];
  readonly stages: readonly StageWords[];
}

function Decisions({ rows, stages }: DecisionsProps) {
  const { t } = useTranslation();
  return (
    <>
      <p className="caption">{t('junction.decisions')}</p>
      {rows.length === 0 && <p className="hint">{t('junction.none')}</p>}
      <ol className="decisions">
        {rows
          .slice(0, SHOWN_DECISIONS)
          .map((row, place) =>
            row.kind === 'decision' ? (
              <Decision key={`${row.sinceMs} ${row.stage}`} row={row} stages={stages} open={place === 0} />
            ) : (
              <Intervention key={`${row.sinceMs} ${row.rule}`} row={row} />
            ),
          )}
      </ol>
    </>
  );
}

interface DecisionProps {
  readonly row: DecisionRow;
  readonly stages: readonly StageWords[];
  readonly open: boolean;
}

function Decision({ row, stages, open }: DecisionProps) {
  const { t, i18n } = useTranslation();
  const scores = row.alternatives.map(({ score }) => score);
  const least = Math.min(0, ...scores);
  const span = Math.max(1e-9, Math.max(0, ...scores) - least);
  const heldS = Math.round((row.timeMs - row.sinceMs) / 1000);
  const rule = row.rule === null ? '' : ` (${t(`rule.${row.rule}`, { defaultValue: row.rule })})`;
  return (
    <li className="decision">
      <details open={open}>
        <summary>
          <time>{clockTime(row.sinceMs)}</time>
          <b>{stageText(t, stages, row.stage)}</b>
          {heldS > 0 && <span className="held">{t('junction.held', { n: heldS })}</span>}
        </summary>
        <table className="alternatives">
          <thead className="unseen">
            <tr>
              <th>{t('junction.stage')}</th>
              <th>{t('junction.score')}</th>
              <th>{t('junction.seen')}</th>
            </tr>
          </thead>
          <tbody>
            {row.alternatives.map(({ stage, score, seen }) => (
              <tr key={stage} className={stage === row.stage ? 'chosen' : undefined}>
                <th scope="row">{stageNumber(stages, stage)}</th>
                <td className="score">
                  <i style={{ width: `${((score - least) / span) * 100}%` }} />
                </td>
                <td className="number">{oneDigit(score)}</td>
                <td className="number seen">{t('junction.seenCount', { n: seen })}</td>
              </tr>
            ))}
          </tbody>
        </table>
        <p className="why">
          {i18n.language === 'zh' ? chineseReason(t, row) : row.why}
          <span className={`answer answer-${row.result}`}>
            {t('junction.guard')}: {t(`answer.${row.result}`, { defaultValue: row.result })}
            {rule}
          </span>
        </p>
      </details>
    </li>
  );
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

/** The controller's clause is English; in Chinese the same is told from its numbers. */
function chineseReason(t: TFunction, row: DecisionRow): string {
  const chosen = row.alternatives.find(({ stage }) => stage === row.stage);
  const others = row.alternatives.filter(({ stage }) => stage !== row.stage).map(({ score }) => score);
  if (chosen === undefined) return '';
  if (others.length === 0) return t('junction.reasonAlone', { score: oneDigit(chosen.score) });
  return t('junction.reason', { score: oneDigit(chosen.score), next: oneDigit(Math.max(...others)) });
}

const oneDigit = (value: number): number => Math.round(value * 10) / 10;
const clockTime = (timeMs: number): string => new Date(timeMs).toISOString().slice(11, 19);

function stageNumber(stages: readonly StageWords[], stage: number): number {
  return stages.findIndex((words) => words.stage === stage) + 1;
}

/** "Stage 2 · north and south: straight, right", grouping approaches with the same turns. */
function stageText(t: TFunction, stages: readonly StageWords[], stage: number): string {
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
