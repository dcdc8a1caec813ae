import { useTranslation } from 'react-i18next';
import { MODES } from '../../../src/brain/modes.ts';
import type { MapDocument } from '../../../src/server/wire.ts';
import { usePage } from '../store.ts';
import { sayReason } from '../words/reasons.ts';

const SHOWN_PROPOSALS = 6;

/** How far the junctions let the brain go, in sum; proposals that wait and corridors for blue lights. */
export function ModesPanel() {
  const { t, i18n } = useTranslation();
  const modes = usePage((page) => page.state?.modes ?? null);
  const map = usePage((page) => page.map);
  if (modes === null || map === null) return null;
  const used = MODES.filter((mode) => modes.counts[mode] > 0);
  if (used.length === 0) return null;
  const waiting = modes.proposals.filter(({ approvedBy }) => approvedBy === null);
  return (
    <section className="modes" aria-label={t('mode.all')}>
      <p className="caption">{t('mode.all')}</p>
      <p className="mode-counts">
        {used.map((mode) => (
          <span key={mode}>
            {t(`mode.${mode}`)} <b>{modes.counts[mode]}</b>
          </span>
        ))}
      </p>
      {waiting.length > 0 && <p className="caption">{t('mode.waiting', { n: waiting.length })}</p>}
      <ul className="waiting">
        {waiting.slice(0, SHOWN_PROPOSALS).map(({ signal, why }) => {
          const junction = junctionOf(map, signal);
          return (
            junction !== undefined && (
              <li key={signal}>
                <button
                  type="button"
                  onClick={() => usePage.setState({ junction: junction.id, goTo: { id: junction.id } })}
                >
                  <b>{junction.name || junction.id}</b> {sayReason(why, i18n.language)}
                </button>
              </li>
            )
          );
        })}
      </ul>
      {modes.corridors.map(({ id, by, roads, untilMs }) => (
        <p key={id} className="hint">
          {t('mode.corridor', { by, n: roads.length, until: new Date(untilMs).toISOString().slice(11, 19) })}
        </p>
      ))}
    </section>
  );
}

function junctionOf({ signals, junctions }: MapDocument, signalId: string) {
  const signal = signals.findIndex(({ id }) => id === signalId);
  return junctions.find((each) => each.signal === signal);
}
