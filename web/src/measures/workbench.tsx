import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ControllersDocument } from '../../../src/server/junction-pages.ts';
import { LanguageButton } from '../language-button.tsx';
import { Mark } from '../mark.tsx';
import { useDocument } from './fetching.ts';
import { JunctionPage } from './junction-page.tsx';

const LIST_EVERY_MS = 10_000;

/** The signal engineer's page: controllers at the left, the one that the address names at the right. */
export function Workbench() {
  const { t } = useTranslation();
  const { value: list, failure } = useDocument<ControllersDocument>('api/controllers', LIST_EVERY_MS);
  const wanted = useHash();
  const shown = wanted !== '' ? wanted : (list?.controllers[0]?.id ?? null);
  return (
    <div className="bench">
      <header className="top">
        <div className="brand">
          <Mark />
          <span className="brand-name">Urbane</span>
          <span className="city-name">{t('measures.title')}</span>
        </div>
        {list?.hasCity === true && (
          <a className="quiet" href="./">
            {t('measures.toCity')}
          </a>
        )}
        <LanguageButton />
      </header>
      <nav className="controllers" aria-label={t('measures.controllers')}>
        <Controllers list={list} shown={shown} />
      </nav>
      <main className="sheet">
        {failure !== null && <p className="lost">{failure}</p>}
        {list !== null && list.controllers.length === 0 && (
          <p className="hint">{t(list.isLive ? 'measures.noneYet' : 'measures.none')}</p>
        )}
        {list !== null && shown !== null && (
          <JunctionPage key={shown} id={shown} zone={list.zone} isLive={list.isLive} />
        )}
      </main>
    </div>
  );
}

function Controllers({ list, shown }: { readonly list: ControllersDocument | null; readonly shown: string | null }) {
  const { t } = useTranslation();
  const [part, setPart] = useState('');
  const found = (list?.controllers ?? []).filter(({ id }) => id.toLowerCase().includes(part.trim().toLowerCase()));
  return (
    <>
      <input
        type="search"
        placeholder={t('junction.find')}
        aria-label={t('junction.find')}
        value={part}
        onChange={(event) => setPart(event.target.value)}
      />
      <ul>
        {found.map(({ id, events, alerts }) => (
          <li key={id}>
            <a href={`#${encodeURIComponent(id)}`} aria-current={id === shown ? 'page' : undefined}>
              <b>{id}</b>
              {alerts > 0 && (
                <i className="badge" title={t('measures.openAlerts', { n: alerts })}>
                  {alerts}
                </i>
              )}
              <small>{t('measures.events', { n: events.toLocaleString() })}</small>
            </a>
          </li>
        ))}
      </ul>
    </>
  );
}

function useHash(): string {
  const read = (): string => decodeURIComponent(window.location.hash.slice(1));
  const [hash, setHash] = useState(read);
  useEffect(() => {
    const take = (): void => setHash(read());
    window.addEventListener('hashchange', take);
    return () => window.removeEventListener('hashchange', take);
  }, []);
  return hash;
}
