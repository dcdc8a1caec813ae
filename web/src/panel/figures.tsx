import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { CHARTED, type Charted, type Figures, type RunName } from '../../../src/server/wire.ts';
import { usePage } from '../store.ts';
import { Chart } from './chart.tsx';
import { ModesPanel } from './modes.tsx';

const DIGITS: Readonly<Record<Charted, number>> = { delayS: 1, waitingS: 1, stops: 2, queued: 0 };
const HINTS = { delayS: 'delayHint', waitingS: 'waitingHint', stops: 'stopsHint', queued: 'queuedHint' } as const;
const IN_SECONDS: ReadonlySet<Charted> = new Set(['delayS', 'waitingS'] as const);

/** The four figures, with the brain and without it, as numbers, difference and lines. */
export function FiguresPanel() {
  const { t, i18n } = useTranslation();
  const figures = usePage((page) => page.state?.figures ?? null);
  const seed = usePage((page) => page.map?.seed ?? 0);
  const number = useMemo(() => new Intl.NumberFormat(i18n.language), [i18n.language]);
  return (
    <section className="figures" aria-label={t('figures.heading')}>
      <div className="figures-heading">
        <h2>{t('figures.heading')}</h2>
        <p>{t('figures.intro', { n: number.format(figures?.with.due ?? 0), seed })}</p>
      </div>
      <div className="key" aria-hidden="true">
        <span className="key-with">{t('run.with')}</span>
        <span className="key-without">{t('run.without')}</span>
      </div>
      {CHARTED.map((name) => (
        <Figure key={name} name={name} figures={figures} />
      ))}
      <p className="arrived">
        {t('figures.arrived')}
        <b className="with">{number.format(figures?.with.arrived ?? 0)}</b>
        <b className="without">{number.format(figures?.without.arrived ?? 0)}</b>
      </p>
      <ModesPanel />
    </section>
  );
}

interface FigureProps {
  readonly name: Charted;
  readonly figures: Readonly<Record<RunName, Figures>> | null;
}

function Figure({ name, figures }: FigureProps) {
  const { t, i18n } = useTranslation();
  const history = usePage((page) => page.history);
  const format = useMemo(
    () =>
      new Intl.NumberFormat(i18n.language, {
        minimumFractionDigits: DIGITS[name],
        maximumFractionDigits: DIGITS[name],
      }),
    [i18n.language, name],
  );
  const unit = IN_SECONDS.has(name) ? t('figures.seconds') : '';
  const show = (run: RunName) => (figures === null ? t('figures.noneYet') : format.format(figures[run][name]));
  return (
    <article className="figure" data-figure={name}>
      <h3 title={t(`figures.${HINTS[name]}`)}>{t(`figures.${name}`)}</h3>
      <Difference now={figures?.with[name] ?? 0} before={figures?.without[name] ?? 0} />
      <p className="figure-values">
        <span className="big with" data-run="with">
          {show('with')}
          <small>{unit}</small>
        </span>
        <span className="big without" data-run="without">
          {show('without')}
          <small>{unit}</small>
        </span>
      </p>
      <p className="hint">{t(`figures.${HINTS[name]}`)}</p>
      <Chart history={history} name={name} />
    </article>
  );
}

function Difference({ now, before }: { readonly now: number; readonly before: number }) {
  const { t } = useTranslation();
  const percent = before > 0 ? Math.round(((now - before) / before) * 100) : 0;
  if (percent === 0) return <span className="difference">{t('figures.same')}</span>;
  const words = t(percent < 0 ? 'figures.less' : 'figures.more', { n: Math.abs(percent) });
  return <span className={`difference ${percent < 0 ? 'better' : 'worse'}`}>{words}</span>;
}
