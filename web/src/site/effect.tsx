import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Finding, SiteAnswer, SiteDocument } from '../../../src/server/site.ts';
import type { StageWords } from '../../../src/server/wire.ts';
import { stageText } from '../panel/stage-text.ts';
import { openSite, save, useSite } from './store.ts';

interface EffectProps {
  readonly site: SiteDocument;
  readonly stages: readonly StageWords[];
  readonly office: string;
  readonly setOffice: (office: string) => void;
}

/** What the changes do, who makes them and why, and the way to save or discard them. */
export function Effect({ site, stages, office, setOffice }: EffectProps) {
  const { t } = useTranslation();
  const { answer, refusal, edit, isAsking } = useSite();
  const [why, setWhy] = useState('');
  const isChanged = Object.keys(edit).length > 0;
  return (
    <form
      className="site-effect"
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        save(office, why.trim());
      }}
    >
      <p className="caption">{t('site.effect')}</p>
      {isAsking && <p className="hint">{t('site.trying')}</p>}
      {!isAsking && answer === null && refusal === null && <p className="hint">{t('site.nothing')}</p>}
      {refusal !== null && <p className="refusal">{refusal}</p>}
      {answer !== null && refusal === null && <Told answer={answer} stages={stages} />}
      {answer?.isSaved === true && !isChanged && (
        <p className="site-saved">{t('site.saved', { file: site.file ?? '' })}</p>
      )}
      <div className="site-save">
        <label>
          {t('site.by')}{' '}
          <input value={office} pattern="[a-z][a-z0-9\-]{1,39}" onChange={(event) => setOffice(event.target.value)} />
        </label>
        <label className="site-why">
          {t('site.why')}{' '}
          <input
            value={why}
            maxLength={300}
            placeholder={t('site.whyHint')}
            onChange={(event) => setWhy(event.target.value)}
          />
        </label>
        <button type="submit" disabled={!isChanged || site.file === null || (answer?.refused.length ?? 0) > 0}>
          {t('site.save')}
        </button>
        <button type="button" disabled={!isChanged} onClick={() => openSite(site.junction)}>
          {t('site.discard')}
        </button>
      </div>
      <p className="hint">{site.file === null ? t('site.noFile') : t('site.into', { file: site.file })}</p>
    </form>
  );
}

function Told({ answer, stages }: { readonly answer: SiteAnswer; readonly stages: readonly StageWords[] }) {
  const { t } = useTranslation();
  const { refused, conflicts, gone, come, guard, greens, rerouted, dropped } = answer;
  const finding = ({ kind, element, sentence }: Finding) =>
    `${t(`site.finding.${kind}`, { defaultValue: kind })}, ${element}: ${sentence}`;
  const lines: readonly (readonly [string, string])[] = [
    ...refused.map((sentence) => ['bad', `${t('site.refused')}: ${sentence}`] as const),
    ...come.map((each) => ['worse', `${t('site.come')}: ${finding(each)}`] as const),
    ...gone.map((each) => ['good', `${t('site.gone')}: ${finding(each)}`] as const),
    ...conflicts.map((sentence) => ['worse', `${t('site.conflict')}: ${sentence}`] as const),
    ...(guard.beforeS === guard.afterS
      ? []
      : [['', t('site.guard', { before: guard.beforeS, after: guard.afterS })] as const]),
    ...greens.map(
      ({ stage, beforeS, afterS }) =>
        ['', t('site.green', { stage: stageText(t, stages, stage), before: beforeS, after: afterS })] as const,
    ),
    ...(rerouted > 0 ? [['', t('site.rerouted', { n: rerouted })] as const] : []),
    ...(dropped > 0 ? [['worse', t('site.dropped', { n: dropped })] as const] : []),
  ];
  if (lines.length === 0) return <p className="hint">{t('site.same')}</p>;
  return (
    <ul className="site-told">
      {lines.map(([look, sentence]) => (
        <li key={sentence} className={look}>
          {sentence}
        </li>
      ))}
    </ul>
  );
}
