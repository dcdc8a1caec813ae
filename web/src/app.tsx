import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { RunName } from '../../src/server/wire.ts';
import { Legend } from './legend.tsx';
import { createFeatures } from './map/features.ts';
import { MapPane } from './map/pane.tsx';
import { FiguresPanel } from './panel/figures.tsx';
import { FindJunction } from './panel/find-junction.tsx';
import { JunctionPanel } from './panel/junction.tsx';
import { useSite } from './site/store.ts';
import { usePage } from './store.ts';
import { TopBar } from './top-bar.tsx';

export function App() {
  const { t } = useTranslation();
  const { map, link, failure, view, junction } = usePage();
  const isWide = useSite((state) => state.isOpen) && junction !== null;
  const features = useMemo(() => (map === null ? null : createFeatures(map)), [map]);
  const runs: readonly RunName[] = view === 'both' ? ['without', 'with'] : [view];
  return (
    <div className={isWide ? 'page wide' : 'page'}>
      <TopBar />
      <main className="maps">
        {map !== null &&
          features !== null &&
          runs.map((run) => <MapPane key={run} run={run} map={map} features={features} />)}
        {map !== null && <Legend />}
        {failure !== null && <p className="cover">{t('failed', { reason: failure })}</p>}
        {map === null && failure === null && <p className="cover">{t('loading')}</p>}
        {link === 'lost' && (
          <p className="lost" role="alert">
            {t('unreachable')}
          </p>
        )}
      </main>
      <aside className="side">
        {map !== null && <FindJunction map={map} />}
        {junction === null ? <FiguresPanel /> : <JunctionPanel id={junction} />}
      </aside>
    </div>
  );
}
