import { useTranslation } from 'react-i18next';
import { LanguageButton } from './language-button.tsx';
import { changeClock } from './live.ts';
import { Mark } from './mark.tsx';
import { usePage, type ViewName } from './store.ts';

const SPEEDS = [1, 2, 5, 10, 20, 30, 60] as const;
const VIEWS: readonly ViewName[] = ['without', 'both', 'with'];

/** Name, clock, what to show, language. */
export function TopBar() {
  const { t } = useTranslation();
  const map = usePage((page) => page.map);
  const view = usePage((page) => page.view);
  return (
    <header className="top">
      <div className="brand">
        <Mark />
        <span className="brand-name">Urbane</span>
        <span className="city-name">{map?.name === 'demo' ? t('demo') : map?.name}</span>
      </div>
      <Clock />
      <fieldset className="segments" aria-label={t('view.label')}>
        {VIEWS.map((name) => (
          <button
            key={name}
            type="button"
            aria-pressed={view === name}
            onClick={() => usePage.setState({ view: name })}
          >
            {t(`view.${name}`)}
          </button>
        ))}
      </fieldset>
      <LanguageButton />
    </header>
  );
}

function Clock() {
  const { t } = useTranslation();
  const clock = usePage((page) => page.state?.clock ?? null);
  if (clock === null) return <div className="clock" />;
  const share = (clock.timeMs - clock.beginMs) / Math.max(1, clock.endMs - clock.beginMs);
  const slower = !clock.paused && !clock.ended && clock.reached < clock.speed * 0.9;
  return (
    <div className="clock">
      <button
        type="button"
        className="round"
        aria-label={t(clock.paused ? 'clock.play' : 'clock.pause')}
        onClick={() => changeClock({ paused: !clock.paused })}
      >
        <svg viewBox="0 0 20 20" aria-hidden="true">
          <path className="solid" d={clock.paused ? 'M6.5 4v12l10-6z' : 'M5.5 4h3v12h-3zM11.5 4h3v12h-3z'} />
        </svg>
      </button>
      <div className="time" title={t('clock.time')}>
        <time className="number" data-time={clock.timeMs}>
          {new Date(clock.timeMs).toISOString().slice(11, 19)}
        </time>
        <span className="window">
          <i style={{ width: `${Math.min(1, share) * 100}%` }} />
        </span>
      </div>
      <label className="speed">
        <span className="unseen">{t('clock.speed')}</span>
        <select value={clock.speed} onChange={(event) => changeClock({ speed: Number(event.target.value) })}>
          {listSpeeds(clock.speed).map((speed) => (
            <option key={speed} value={speed}>
              {t('clock.times', { speed })}
            </option>
          ))}
        </select>
      </label>
      <button
        type="button"
        className="round"
        aria-label={t('clock.restart')}
        title={t('clock.restart')}
        onClick={() => changeClock({ restart: true })}
      >
        <svg viewBox="0 0 20 20" aria-hidden="true">
          <path d="M4.5 10a5.5 5.5 0 1 0 1.8-4.1M6 2.6v3.6h3.6" />
        </svg>
      </button>
      <span className="note" role="status">
        {clock.ended
          ? t('clock.ended')
          : clock.paused
            ? t('clock.paused')
            : slower
              ? t('clock.slower', { reached: clock.reached })
              : ''}
      </span>
    </div>
  );
}

function listSpeeds(current: number): number[] {
  return [...new Set([...SPEEDS, current])].sort((a, b) => a - b);
}
