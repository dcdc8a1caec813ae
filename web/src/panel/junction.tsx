import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { JunctionDocument, JunctionState, RunName, StageWords } from '../../../src/server/wire.ts';
import { fetchJunction } from '../live.ts';
import { SitePanel } from '../site/panel.tsx';
import { useSite } from '../site/store.ts';
import { usePage } from '../store.ts';
import { Arrow } from './arrow.tsx';
import { Decisions } from './decisions.tsx';
import { ModeControl } from './mode.tsx';
import { stageText } from './stage-text.ts';

const ASK_EVERY_MS = 1000;

/** A junction's stage, lamps, queues and last decisions, in both runs. */
export function JunctionPanel({ id }: { readonly id: string }) {
  const { t } = useTranslation();
  const { junction, gone } = useJunction(id);
  const isSite = useSite((state) => state.isOpen);
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
      {junction !== null && junction.signal !== null && (
        <a className="to-measures" href={`measures.html#${encodeURIComponent(junction.signal)}`}>
          {t('measures.open')}
        </a>
      )}
      {junction !== null && junction.signal !== null && (
        <div className="segments site-switch">
          {(['control', 'site'] as const).map((each) => (
            <button
              key={each}
              type="button"
              aria-pressed={isSite === (each === 'site')}
              onClick={() => {
                useSite.setState({ isOpen: each === 'site' });
                if (each === 'site') usePage.setState({ goTo: { id } });
              }}
            >
              {t(`site.tab.${each}`)}
            </button>
          ))}
        </div>
      )}
      {isSite && junction?.runs && <SitePanel id={id} stages={junction.stages} />}
      {junction !== null && junction.runs === null && <p className="hint">{t('junction.unsignalised')}</p>}
      {!isSite &&
        junction?.runs &&
        runs.map(
          (run) =>
            junction.runs && (
              <RunState key={run} id={id} run={run} state={junction.runs[run]} stages={junction.stages} />
            ),
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

interface RunStateProps {
  readonly id: string;
  readonly run: RunName;
  readonly state: JunctionState;
  readonly stages: readonly StageWords[];
}

function RunState({ id, run, state, stages }: RunStateProps) {
  const { t } = useTranslation();
  const shown = stages.find(({ stage }) => stage === state.stage);
  const most = Math.max(8, ...state.approaches.map(({ vehicles }) => vehicles));
  return (
    <div className={`junction-run run-${run}`}>
      <h3>{t(`run.${run}`)}</h3>
      {state.mode !== null && <ModeControl id={id} state={state.mode} stages={stages} />}
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
      {run === 'without' ? <p className="hint">{t('junction.fixed')}</p> : <Decisions state={state} stages={stages} />}
    </div>
  );
}
