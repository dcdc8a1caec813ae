import { useTranslation } from 'react-i18next';
import { DETECTOR_KINDS } from '../../../src/city/control.ts';
import type { SiteDetector, SiteDocument } from '../../../src/server/site.ts';
import { NumberCell } from './number-cell.tsx';
import { type DetectorEdit, detectorKey, useSite } from './store.ts';

interface DetectorsProps {
  readonly site: SiteDocument;
  readonly change: (edit: { detectors: DetectorEdit[] }) => void;
}

function valuesOf({ channel, lane, kind, phase, distanceM, lengthM }: SiteDetector): DetectorEdit {
  return { channel, lane, kind, phase, distance_m: distanceM, length_m: lengthM };
}

/** Detectors of a junction: where they lie and what they call; new ones, and those that are not there. */
export function Detectors({ site, change }: DetectorsProps) {
  const { t } = useTranslation();
  const selected = useSite((state) => state.selected);
  const add = () => {
    const [lane] = site.lanes;
    const channel = 1 + Math.max(0, ...site.detectors.map((one) => one.channel));
    if (lane === undefined) return;
    const at = site.lanes.find(({ id }) => id === selected) ?? lane;
    change({
      detectors: [{ channel, lane: at.id, kind: 'advance', phase: 0, distance_m: 40, length_m: 2 }],
    });
    useSite.setState({ selected: detectorKey({ channel, lane: at.id }) });
  };
  return (
    <>
      {site.detectors.length === 0 && <p className="hint">{t('site.noDetectors')}</p>}
      {site.detectors.length > 0 && (
        <table className="site-table">
          <thead>
            <tr>
              <th>{t('site.channel')}</th>
              <th>{t('site.lane')}</th>
              <th>{t('site.kind')}</th>
              <th>{t('site.distance')}</th>
              <th>{t('site.length')}</th>
              <th>{t('site.phase')}</th>
              <th />
            </tr>
          </thead>
          <tbody>
            {site.detectors.map((detector) => {
              const key = detectorKey(detector);
              const { channel, lane, isCorrected } = detector;
              const set = (values: Partial<DetectorEdit>) =>
                change({ detectors: [{ ...valuesOf(detector), ...values }] });
              const cell = (
                name: 'distance' | 'length' | 'phase',
                value: number,
                most: number,
                put: (value: number) => Partial<DetectorEdit>,
              ) => (
                <NumberCell
                  value={value}
                  least={0}
                  most={most}
                  step={name === 'phase' ? 1 : 0.5}
                  label={`${t(`site.${name}`)} ${channel}`}
                  isCorrected={isCorrected}
                  set={(next) => set(put(next))}
                />
              );
              return (
                <tr
                  key={key}
                  data-key={key}
                  className={selected === key ? 'selected' : ''}
                  onFocus={() => useSite.setState({ selected: key })}
                  onPointerDown={() => useSite.setState({ selected: key })}
                >
                  <th>
                    <i className={`dot kind-${detector.kind}`} /> {channel}
                  </th>
                  <td>
                    <select
                      value={lane}
                      aria-label={`${t('site.lane')} ${channel}`}
                      onChange={(event) =>
                        change({
                          detectors: [
                            { channel, lane, remove: true },
                            { ...valuesOf(detector), lane: event.target.value },
                          ],
                        })
                      }
                    >
                      {site.lanes.map(({ id, from, index }) => (
                        <option key={id} value={id}>
                          {t(`compass.${from}`)} {index + 1}
                        </option>
                      ))}
                    </select>
                  </td>
                  <td>
                    <select
                      value={detector.kind}
                      aria-label={`${t('site.kind')} ${channel}`}
                      onChange={(event) => {
                        const kind = DETECTOR_KINDS.find((one) => one === event.target.value);
                        if (kind !== undefined) set({ kind });
                      }}
                    >
                      {DETECTOR_KINDS.map((kind) => (
                        <option key={kind} value={kind}>
                          {t(`site.kinds.${kind}`)}
                        </option>
                      ))}
                    </select>
                  </td>
                  <td>
                    {cell('distance', detector.distanceM, 1000, (distance_m) => ({ distance_m }))} {t('site.metres')}
                  </td>
                  <td>
                    {cell('length', detector.lengthM, 100, (length_m) => ({ length_m }))} {t('site.metres')}
                  </td>
                  <td>{cell('phase', detector.phase, 255, (phase) => ({ phase: Math.round(phase) }))}</td>
                  <td>
                    <button
                      type="button"
                      className="own"
                      title={t('site.remove')}
                      aria-label={`${t('site.remove')} ${channel}`}
                      onClick={() => change({ detectors: [{ channel, lane, remove: true }] })}
                    >
                      ×
                    </button>
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
      <button type="button" className="site-add" onClick={add}>
        {t('site.add')}
      </button>
    </>
  );
}
