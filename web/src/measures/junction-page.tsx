import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { drawByPhase } from '../../../src/measures/charts/by-phase.ts';
import { coordinationDiagram, shareOnGreen } from '../../../src/measures/charts/coordination.ts';
import { type ChartWords, COLOUR } from '../../../src/measures/charts/frame.ts';
import { REASON_COLOUR, splitStrip, terminationStrip } from '../../../src/measures/charts/strips.ts';
import { timeSpaceDiagram } from '../../../src/measures/charts/time-space.ts';
import type { JunctionPageDocument } from '../../../src/server/junction-pages.ts';
import { useDocument } from './fetching.ts';
import { Figure } from './figure.tsx';
import { Findings } from './findings.tsx';

const LIVE_EVERY_MS = 3000;
/** Hours that may be looked at; null is all there is, up to a day. */
const SPANS = [1, 3, null] as const;

interface JunctionPageProps {
  readonly id: string;
  readonly zone: string;
  readonly isLive: boolean;
}

/** One junction: what is wrong first, then its diagrams. */
export function JunctionPage({ id, zone, isLive }: JunctionPageProps) {
  const { t, i18n } = useTranslation();
  const [hours, setHours] = useState<number | null>(isLive ? 1 : null);
  const span = hours === null ? '' : `?hours=${hours}`;
  const address = `api/controllers/${encodeURIComponent(id)}`;
  const { value: page, failure } = useDocument<JunctionPageDocument>(address + span, isLive ? LIVE_EVERY_MS : null);
  const clock = useMemo(() => {
    const format = new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    return (timeMs: number) => format.format(timeMs).replace(/:00$/, '');
  }, [zone]);
  const day = useMemo(
    () => new Intl.DateTimeFormat(i18n.language, { timeZone: zone, dateStyle: 'medium' }),
    [zone, i18n.language],
  );
  if (page === null) return <p className="hint">{failure ?? t('measures.loading')}</p>;
  const { picture } = page;
  return (
    <article>
      <header className="sheet-head">
        <h1>{t('measures.junction', { id })}</h1>
        <p className="hint">
          {isLive ? '' : `${day.format(picture.fromMs)}, `}
          {clock(picture.fromMs)} – {clock(picture.toMs)} ·{' '}
          {t('measures.events', { n: page.entry.events.toLocaleString() })}
        </p>
        <fieldset className="segments" aria-label={t('measures.span')}>
          {SPANS.map((span) => (
            <button key={span ?? 0} type="button" aria-pressed={hours === span} onClick={() => setHours(span)}>
              {span === null ? t('measures.all') : t('measures.hours', { n: span })}
            </button>
          ))}
        </fieldset>
      </header>
      <Findings page={page} clock={clock} />
      <Diagrams page={page} clock={clock} />
      <ByPhase page={page} clock={clock} />
      <Detectors page={page} />
      <Tables page={page} address={address} span={span} />
    </article>
  );
}

function Diagrams({
  page,
  clock,
}: {
  readonly page: JunctionPageDocument;
  readonly clock: (timeMs: number) => string;
}) {
  const { t, i18n } = useTranslation();
  const { picture, corridor } = page;
  const words = (label: string, yLabel: string): ChartWords => ({ label, yLabel, clock });
  const file = `${picture.device}-${new Date(picture.fromMs).toISOString().slice(0, 16).replace(':', '')}`;
  const drawn = useMemo(
    () => ({
      coordination: picture.phases
        .filter(({ hits }) => hits.length > 0)
        .map((phase) => ({
          phase,
          share: shareOnGreen(phase),
          drawing: coordinationDiagram(picture, phase, words(t('measures.coordination'), t('measures.secondInCycle'))),
        })),
      terminations: terminationStrip(picture, words(t('measures.terminations'), t('measures.phase'))),
      splits: splitStrip(picture, words(t('measures.splits'), t('measures.phase'))),
      corridor:
        corridor === null
          ? ''
          : timeSpaceDiagram(
              corridorSpan(corridor),
              corridor.stops,
              corridor.speedMps,
              words(t('measures.timeSpace'), t('measures.metres')),
            ),
    }),
    [picture, corridor, clock, i18n.language],
  );
  return (
    <>
      <h2>{t('measures.coordination')}</h2>
      <Lines />
      {drawn.coordination.length === 0 && <p className="hint">{t('measures.noHits')}</p>}
      {drawn.coordination.map(({ phase, share, drawing }) => (
        <Figure
          key={phase.phase}
          title={t('measures.phaseName', { n: phase.phase })}
          note={t(`measures.share.${phase.hitsAre === 'Advance' ? 'advance' : 'stopLine'}`, {
            share: share.hits === 0 ? '–' : Math.round((100 * share.onGreen) / share.hits),
            n: share.hits.toLocaleString(),
          })}
          drawing={drawing}
          file={`${file}-coordination-${phase.phase}`}
        />
      ))}
      <h2>{t('measures.strips')}</h2>
      <Figure
        title={t('measures.terminations')}
        drawing={drawn.terminations}
        file={`${file}-terminations`}
        legend={<Reasons />}
      />
      <Figure title={t('measures.splits')} drawing={drawn.splits} file={`${file}-splits`} legend={<Reasons />} />
      {corridor !== null && (
        <>
          <h2>{t('measures.timeSpace')}</h2>
          <Figure
            title={corridor.name}
            note={t('measures.progression', { n: Math.round(corridor.speedMps * 3.6) })}
            drawing={drawn.corridor}
            file={`${file}-time-space`}
          />
          <Offsets advice={corridor.advice} />
        </>
      )}
    </>
  );
}

function ByPhase({ page, clock }: { readonly page: JunctionPageDocument; readonly clock: (timeMs: number) => string }) {
  const { t, i18n } = useTranslation();
  const charts = useMemo(
    () =>
      drawByPhase(page, (name) => ({
        label: t(`measures.chart.${name}.title`),
        yLabel: t(`measures.chart.${name}.unit`),
        clock,
      })),
    [page, clock, i18n.language],
  );
  if (charts.length === 0) return null;
  return (
    <>
      <h2>{t('measures.byPhase', { n: page.binMs / 60_000 })}</h2>
      <div className="chart-pairs">
        {charts.map(({ name, drawing, legend }) => (
          <Figure
            key={name}
            title={t(`measures.chart.${name}.title`)}
            drawing={drawing}
            file={`${page.picture.device}-${name}`}
            legend={
              <span className="reasons">
                {legend.map(({ phase, colour }) => (
                  <span key={phase}>
                    <i style={{ background: colour }} />
                    {phase}
                  </span>
                ))}
              </span>
            }
          />
        ))}
      </div>
    </>
  );
}

interface TablesProps {
  readonly page: JunctionPageDocument;
  /** Of the page's document, and what asks for its stretch of time. */
  readonly address: string;
  readonly span: string;
}

function Tables({ page: { tableNames }, address, span }: TablesProps) {
  const { t } = useTranslation();
  return (
    <>
      <h2>{t('measures.tables')}</h2>
      <ul className="tables">
        {tableNames.map((name) => (
          <li key={name}>
            <code>{name}</code>
            <span className="exports">
              {['csv', 'parquet'].map((format) => (
                <a key={format} href={`${address}/tables/${name}.${format}${span}`} download>
                  {format === 'csv' ? 'CSV' : 'Parquet'}
                </a>
              ))}
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}

function Offsets({ advice }: { readonly advice: NonNullable<JunctionPageDocument['corridor']>['advice'] }) {
  const { t } = useTranslation();
  if (!advice.some(({ arrivals }) => arrivals > 0)) return null;
  const share = (count: number, of: number): string => (of === 0 ? '–' : `${Math.round((100 * count) / of)} %`);
  return (
    <table className="sheet-table">
      <caption>{t('measures.offsets')}</caption>
      <thead>
        <tr>
          {(['signal', 'add', 'arrivals', 'before', 'after'] as const).map((name) => (
            <th key={name}>{t(`measures.offset.${name}`)}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {advice.map(({ device, addS, arrivals, onGreenBefore, onGreenAfter }) => (
          <tr key={device}>
            <td>{device}</td>
            <td className="number">{addS > 0 ? `+${addS}` : addS} s</td>
            <td className="number">{arrivals}</td>
            <td className="number">{share(onGreenBefore, arrivals)}</td>
            <td className="number">{share(onGreenAfter, arrivals)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function corridorSpan({ stops }: NonNullable<JunctionPageDocument['corridor']>): { fromMs: number; toMs: number } {
  return {
    fromMs: Math.min(...stops.map(({ picture }) => picture.fromMs)),
    toMs: Math.max(...stops.map(({ picture }) => picture.toMs)),
  };
}

function Lines() {
  const { t } = useTranslation();
  const lines = { green: COLOUR.green, yellow: COLOUR.yellow, end: COLOUR.red };
  const hits = { onGreen: COLOUR.blue, onRed: COLOUR.ink };
  return (
    <p className="reasons">
      {Object.entries(lines).map(([name, background]) => (
        <span key={name} className="lines">
          <i style={{ background }} />
          {t(`measures.line.${name}`)}
        </span>
      ))}
      {Object.entries(hits).map(([name, background]) => (
        <span key={name}>
          <i style={{ background }} />
          {t(`measures.line.${name}`)}
        </span>
      ))}
    </p>
  );
}

function Reasons() {
  const { t } = useTranslation();
  return (
    <span className="reasons">
      {([4, 5, 6, 0] as const).map((code) => (
        <span key={code}>
          <i style={{ background: REASON_COLOUR[code] }} />
          {t(`measures.reason.${code}`)}
        </span>
      ))}
    </span>
  );
}

function Detectors({ page: { detectors, inferred } }: { readonly page: JunctionPageDocument }) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  if (detectors.length === 0) return null;
  const sureOf = new Map(
    inferred.map((role) => [role.channel, Math.min(role.phaseConfidence, role.functionConfidence)]),
  );
  return (
    <details className="fold" open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        {t('measures.detectors')} ({detectors.length}
        {inferred.length > 0 ? `, ${t('measures.inferred')}` : ''})
      </summary>
      <table className="sheet-table">
        <thead>
          <tr>
            <th>{t('measures.channel')}</th>
            <th>{t('measures.phase')}</th>
            <th>{t('measures.function')}</th>
            {inferred.length > 0 && <th>{t('measures.confidence')}</th>}
          </tr>
        </thead>
        <tbody>
          {[...detectors]
            .sort((a, b) => a.phase - b.phase || a.channel - b.channel)
            .map((role) => (
              <tr key={`${role.channel} ${role.phase} ${role.function}`}>
                <td className="number">{role.channel}</td>
                <td className="number">{role.phase}</td>
                <td>{t(`measures.role.${role.function.replace(' ', '')}`)}</td>
                {inferred.length > 0 && (
                  <td className="number">{Math.round(100 * (sureOf.get(role.channel) ?? 0))} %</td>
                )}
              </tr>
            ))}
        </tbody>
      </table>
    </details>
  );
}
