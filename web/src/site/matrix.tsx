import { useTranslation } from 'react-i18next';
import type { SiteDocument } from '../../../src/server/site.ts';
import { NumberCell } from './number-cell.tsx';
import type { IntergreenEdit } from './store.ts';

/** Less than this below what is needed is rounding, as the doctor has it. */
const TOLERANCE_S = 1;

interface IntergreensProps {
  readonly site: SiteDocument;
  readonly change: (edit: { intergreens: IntergreenEdit[] }) => void;
}

/** The matrix of intergreens: rows lose their green, columns get it. */
export function Intergreens({ site, change }: IntergreensProps) {
  const { t } = useTranslation();
  const rows = site.words.filter((word) => site.intergreens.some(({ from }) => from === word));
  const columns = site.words.filter((word) => site.intergreens.some(({ to }) => to === word));
  return (
    <>
      <div className="site-scroll">
        <table className="site-matrix">
          <thead>
            <tr>
              <th>
                {t('site.from')} ↓ {t('site.to')} →
              </th>
              {columns.map((to) => (
                <th key={to}>{to}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((from) => (
              <tr key={from}>
                <th>{from}</th>
                {columns.map((to) => {
                  const found = site.intergreens.find((one) => one.from === from && one.to === to);
                  if (found === undefined) return <td key={to} className="none" />;
                  const { s, ownS, neededS } = found;
                  return (
                    <td
                      key={to}
                      className={neededS - s > TOLERANCE_S ? 'short' : ''}
                      title={t('site.needs', { from, to, s, own: ownS, needed: neededS })}
                    >
                      <NumberCell
                        value={s}
                        least={ownS}
                        most={60}
                        label={`${from} → ${to}`}
                        isCorrected={s !== ownS}
                        set={(next) => change({ intergreens: [{ from, to, s: next }] })}
                      />
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="hint">{t('site.short')}</p>
    </>
  );
}

interface GroupsProps {
  readonly site: SiteDocument;
  readonly change: (edit: { groups: Record<string, number[]> }) => void;
}

/** Which links hang on one lamp circuit. */
export function Groups({ site, change }: GroupsProps) {
  const { t } = useTranslation();
  const put = (link: number, group: string) => {
    const groups: Record<string, number[]> = {};
    site.links.forEach((own, k) => {
      const name = k === link ? group : own.group;
      groups[name] = [...(groups[name] ?? []), k];
    });
    change({ groups });
  };
  return (
    <table className="site-table">
      <thead>
        <tr>
          <th>{t('site.link')}</th>
          <th>{t('site.movement')}</th>
          <th>{t('site.group')}</th>
        </tr>
      </thead>
      <tbody>
        {site.links.map(({ word, group, ownGroup }, link) => (
          <tr key={link}>
            <th>{link}</th>
            <td>{word ?? t('site.crossing')}</td>
            <td>
              <input
                className={group === ownGroup ? '' : 'corrected'}
                defaultValue={group}
                key={group}
                maxLength={20}
                aria-label={`${t('site.group')} ${link}`}
                onBlur={(event) => {
                  const next = event.target.value.trim();
                  if (next !== '' && next !== group) put(link, next);
                }}
              />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
