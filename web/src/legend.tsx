import { useTranslation } from 'react-i18next';
import { VEHICLE_COLOURS } from './map/moving.ts';
import { type Rgb, SPEED_RAMP } from './palette.ts';

const css = ([red, green, blue]: Rgb): string => `rgb(${red} ${green} ${blue})`;

export function Legend() {
  const { t } = useTranslation();
  return (
    <aside className="legend" aria-label={t('legend.heading')}>
      <span className="caption">{t('legend.heading')}</span>
      <span className="ramp">
        <span>{t('legend.stopped')}</span>
        {SPEED_RAMP.slice(1).map((colour) => (
          <i key={colour} style={{ background: colour }} />
        ))}
        <span>{t('legend.free')}</span>
      </span>
      <span className="caption">{t('legend.vehicles')}</span>
      <span className="kinds">
        {(['moving', 'slow', 'standing', 'bus'] as const).map((kind) => (
          <span key={kind}>
            <i style={{ background: css(VEHICLE_COLOURS[kind]) }} />
            {t(`legend.${kind}`)}
          </span>
        ))}
      </span>
    </aside>
  );
}
