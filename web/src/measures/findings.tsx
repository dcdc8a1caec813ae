import { useTranslation } from 'react-i18next';
import type { JunctionPageDocument } from '../../../src/server/junction-pages.ts';
import type { Alert } from '../../../src/watch/alert.ts';
import { sayAction, sayCause } from '../words/alerts.ts';

interface FindingsProps {
  readonly page: JunctionPageDocument;
  readonly clock: (timeMs: number) => string;
}

/** What is wrong at the junction and what to do, before any diagram. */
export function Findings({ page: { findings, alerts }, clock }: FindingsProps) {
  const { t } = useTranslation();
  const roleOf = (role: { function: string } | null): string =>
    role === null ? '' : t(`measures.role.${role.function.replace(' ', '')}`);
  return (
    <section className="findings" aria-label={t('measures.findings')}>
      <h2>{t('measures.findings')}</h2>
      {findings.length + alerts.length === 0 && <p className="hint">{t('measures.noFindings')}</p>}
      <ul>
        {alerts.map((alert) => (
          <AlertRow
            key={`${alert.kind} ${alert.phase} ${alert.detector} ${alert.sinceMs}`}
            alert={alert}
            clock={clock}
          />
        ))}
        {findings.map(({ kind, channel, given, inferred, confidence }) => (
          <li key={`${kind} ${channel}`} className="finding">
            <b>{t('measures.finding.heading', { channel })}</b>
            <span>
              {t(`measures.finding.${kind}`, {
                givenPhase: given?.phase ?? '',
                givenRole: roleOf(given),
                phase: inferred?.phase ?? '',
                role: roleOf(inferred),
              })}
            </span>
            <small>{t('measures.sure', { n: Math.round(100 * confidence) })}</small>
          </li>
        ))}
      </ul>
    </section>
  );
}

function AlertRow({ alert, clock }: { readonly alert: Alert; readonly clock: FindingsProps['clock'] }) {
  const { t, i18n } = useTranslation();
  const { kind, phase, detector, sinceMs, untilMs, confidence } = alert;
  const place =
    detector !== undefined
      ? t('measures.finding.heading', { channel: detector })
      : phase !== undefined
        ? t('measures.phaseName', { n: phase })
        : '';
  return (
    <li className={untilMs === null ? 'finding' : 'finding over'}>
      <b>
        {place} {t(`measures.alert.${kind}`)}
      </b>
      <time>
        {untilMs === null
          ? t('measures.since', { from: clock(sinceMs) })
          : t('measures.fromTo', { from: clock(sinceMs), to: clock(untilMs) })}
      </time>
      <small>{t('measures.sure', { n: Math.round(100 * confidence) })}</small>
      <p>{sayCause(alert, i18n.language)}</p>
      <p className="action">{sayAction(alert, i18n.language)}</p>
    </li>
  );
}
