import { useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { StageWords } from '../../../src/server/wire.ts';
import { Detectors } from './detectors.tsx';
import { Effect } from './effect.tsx';
import { Lanes } from './lanes.tsx';
import { Groups, Intergreens } from './matrix.tsx';
import { change, detectorKey, openSite, useSite, withEdit } from './store.ts';
import './site.css';

const REMEMBERED = 'urbane.office';
const TABS = ['lanes', 'detectors', 'intergreens', 'groups'] as const;
type Tab = (typeof TABS)[number];

/** A junction as built: its lanes, detectors, intergreens and signal groups, to be corrected. */
export function SitePanel({ id, stages }: { readonly id: string; readonly stages: readonly StageWords[] }) {
  const { t } = useTranslation();
  const { site: answered, selected, edit } = useSite();
  const site = useMemo(() => (answered === null ? null : withEdit(answered, edit)), [answered, edit]);
  const [tab, setTab] = useState<Tab>('lanes');
  const [office, setOffice] = useState(() => localStorage.getItem(REMEMBERED) ?? 'traffic-desk');
  const body = useRef<HTMLDivElement>(null);
  useEffect(() => {
    openSite(id).catch(() => undefined);
  }, [id]);
  // What is pressed on the map is looked up in its table.
  const isDetector = site?.detectors.some((one) => detectorKey(one) === selected) === true;
  const isLane = site?.lanes.some((lane) => lane.id === selected) === true;
  useEffect(() => {
    if (isDetector) setTab('detectors');
    else if (isLane) setTab((now) => (now === 'detectors' ? now : 'lanes'));
  }, [isDetector, isLane]);
  useEffect(() => {
    if (selected === null) return;
    for (const row of body.current?.querySelectorAll('[data-key]') ?? [])
      if (row.getAttribute('data-key') === selected) row.scrollIntoView({ block: 'nearest' });
  }, [selected]);
  if (site === null || site.junction !== id) return <p className="hint">{t('junction.loading')}</p>;
  const put = (edit: Parameters<typeof change>[0]) => change(edit, office);
  return (
    <div className="site">
      <div className="segments site-tabs" role="tablist">
        {TABS.map((each) => (
          <button key={each} type="button" role="tab" aria-selected={tab === each} onClick={() => setTab(each)}>
            {t(`site.${each}`)}
          </button>
        ))}
      </div>
      <div className="site-body" ref={body}>
        {tab === 'lanes' && <Lanes site={site} change={put} />}
        {tab === 'detectors' && <Detectors site={site} change={put} />}
        {tab === 'intergreens' && <Intergreens site={site} change={put} />}
        {tab === 'groups' && <Groups site={site} change={put} />}
      </div>
      <Effect
        site={site}
        stages={stages}
        office={office}
        setOffice={(next) => {
          setOffice(next);
          localStorage.setItem(REMEMBERED, next);
        }}
      />
    </div>
  );
}
