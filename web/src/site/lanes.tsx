import { useTranslation } from 'react-i18next';
import type { VehicleClass } from '../../../src/city/city.ts';
import type { SiteDocument, SiteLane } from '../../../src/server/site.ts';
import { Arrow } from '../panel/arrow.tsx';
import { NumberCell } from './number-cell.tsx';
import { type LaneEdit, useSite } from './store.ts';

/** What a lane may be kept for, besides what the map says. */
const USES: Readonly<Record<string, readonly VehicleClass[]>> = {
  bus: ['bus', 'emergency'],
  busTaxi: ['taxi', 'bus', 'emergency'],
  bicycle: ['bicycle', 'emergency'],
};
const HEAVY: ReadonlySet<VehicleClass> = new Set(['truck', 'delivery']);

function usesOf({ ownAllowed }: SiteLane): Readonly<Record<string, readonly VehicleClass[]>> {
  return { own: ownAllowed, ...USES, noTrucks: ownAllowed.filter((kind) => !HEAVY.has(kind)) };
}

interface LanesProps {
  readonly site: SiteDocument;
  readonly change: (edit: { lanes: LaneEdit[] }) => void;
}

/** Approach lanes: who may use them, where they lead, their limit and their stop line. */
export function Lanes({ site, change }: LanesProps) {
  const { t } = useTranslation();
  const selected = useSite((state) => state.selected);
  return (
    <table className="site-table">
      <thead>
        <tr>
          <th>{t('site.lane')}</th>
          <th>{t('site.turns')}</th>
          <th>{t('site.use')}</th>
          <th>{t('site.speed')}</th>
          <th>{t('site.stopLine')}</th>
          <th />
        </tr>
      </thead>
      <tbody>
        {site.lanes.map((lane) => {
          const uses = usesOf(lane);
          const use = Object.keys(uses).find((name) => String(uses[name]) === String(lane.allowed)) ?? 'other';
          const set = (values: Omit<LaneEdit, 'lane'>) => change({ lanes: [{ lane: lane.id, ...values }] });
          const isOwn =
            use === 'own' &&
            lane.turns.length === lane.ownTurns.length &&
            lane.speedMps === lane.ownSpeedMps &&
            lane.stopLineM === 0;
          return (
            <tr
              key={lane.id}
              data-key={lane.id}
              className={selected === lane.id ? 'selected' : ''}
              onFocus={() => useSite.setState({ selected: lane.id })}
              onPointerDown={() => useSite.setState({ selected: lane.id })}
            >
              <th title={lane.id}>
                {t(`compass.${lane.from}`)} {lane.index + 1}
                <small>{lane.road}</small>
              </th>
              <td>
                {lane.ownTurns.map((turn) => {
                  const isOpen = lane.turns.includes(turn);
                  const label = t(isOpen ? 'site.turnOpen' : 'site.turnClosed', { turn: t(`turn.${turn}`) });
                  return (
                    <button
                      key={turn}
                      type="button"
                      className="turn"
                      aria-pressed={isOpen}
                      onClick={() =>
                        set({ turns: isOpen ? lane.turns.filter((one) => one !== turn) : [...lane.turns, turn] })
                      }
                    >
                      <Arrow turn={turn} lamp={isOpen ? 'o' : 'r'} label={label} />
                    </button>
                  );
                })}
              </td>
              <td>
                <select
                  value={use}
                  className={use === 'own' ? '' : 'corrected'}
                  aria-label={`${t('site.use')} ${lane.id}`}
                  onChange={(event) => {
                    const classes = uses[event.target.value];
                    if (classes !== undefined) set({ allowed: [...classes] });
                  }}
                >
                  {Object.keys(uses).map((name) => (
                    <option key={name} value={name}>
                      {t(`site.uses.${name}`)}
                    </option>
                  ))}
                  {use === 'other' && <option value="other">{t('site.uses.other')}</option>}
                </select>
              </td>
              <td>
                <NumberCell
                  value={Math.round(lane.speedMps * 36) / 10}
                  least={2}
                  most={150}
                  label={`${t('site.speed')} ${lane.id}`}
                  isCorrected={lane.speedMps !== lane.ownSpeedMps}
                  set={(kmh) => set({ speed_mps: Math.round((100 * kmh) / 3.6) / 100 })}
                />
              </td>
              <td>
                <NumberCell
                  value={lane.stopLineM}
                  least={0}
                  most={50}
                  step={0.5}
                  label={`${t('site.stopLine')} ${lane.id}`}
                  isCorrected={lane.stopLineM !== 0}
                  set={(stop_line_m) => set({ stop_line_m })}
                />{' '}
                {t('site.metres')}
              </td>
              <td>
                {!isOwn && (
                  <button
                    type="button"
                    className="own"
                    title={t('site.asMapped')}
                    aria-label={`${t('site.asMapped')} ${lane.id}`}
                    onClick={() =>
                      set({
                        allowed: [...lane.ownAllowed],
                        turns: [...lane.ownTurns],
                        speed_mps: lane.ownSpeedMps,
                        stop_line_m: 0,
                      })
                    }
                  >
                    ↺
                  </button>
                )}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
