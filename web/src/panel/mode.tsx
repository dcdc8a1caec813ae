import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { MODES, type Mode } from '../../../src/brain/modes.ts';
import type { ModeState, StageWords } from '../../../src/server/wire.ts';
import { askJunction } from '../live.ts';
import { sayReason } from '../words/reasons.ts';
import { stageText } from './stage-text.ts';

const REMEMBERED = 'urbane.office';
const MINUTES = [15, 60, 240, 1440] as const;

interface ModeProps {
  readonly id: string;
  readonly state: ModeState;
  readonly stages: readonly StageWords[];
}

/** How far the junction lets the brain go: one step up at a time with an approval, down at once; a proposal to approve. */
export function ModeControl({ id, state, stages }: ModeProps) {
  const { t, i18n } = useTranslation();
  const [office, setOffice] = useState(() => localStorage.getItem(REMEMBERED) ?? 'traffic-desk');
  const [minutes, setMinutes] = useState<number>(60);
  const [refusal, setRefusal] = useState<string | null>(null);
  const ask = (what: 'mode' | 'approval', body: object): void => {
    localStorage.setItem(REMEMBERED, office);
    askJunction(id, what, { ...body, by: office }).then(setRefusal, (error: unknown) => setRefusal(String(error)));
  };
  const rank = MODES.indexOf(state.mode);
  const { proposal, fell } = state;
  return (
    <div className="mode">
      <p className="caption">{t('mode.heading')}</p>
      <fieldset className="mode-steps">
        <legend className="unseen">{t('mode.heading')}</legend>
        {MODES.map((mode: Mode, place) => (
          <button
            key={mode}
            type="button"
            aria-pressed={mode === state.mode}
            disabled={place > rank + 1}
            title={t(place > rank + 1 ? 'mode.oneStep' : `mode.what.${mode}`)}
            onClick={() => ask('mode', { mode, minutes })}
          >
            {t(`mode.${mode}`)}
          </button>
        ))}
      </fieldset>
      <form className="mode-by" onSubmit={(event: FormEvent) => event.preventDefault()}>
        <label>
          {t('mode.by')}{' '}
          <input value={office} pattern="[a-z][a-z0-9\-]{1,39}" onChange={(event) => setOffice(event.target.value)} />
        </label>
        <label>
          {t('mode.for')}{' '}
          <select value={minutes} onChange={(event) => setMinutes(Number(event.target.value))}>
            {MINUTES.map((each) => (
              <option key={each} value={each}>
                {t('mode.minutes', { n: each })}
              </option>
            ))}
          </select>
        </label>
      </form>
      {state.by !== null && (
        <p className="hint">
          {state.untilMs === null
            ? t('mode.approvedForGood', { by: state.by })
            : t('mode.approved', { by: state.by, until: clock(state.untilMs) })}
        </p>
      )}
      {fell !== null && <p className="hint">{t('mode.fell', { at: clock(fell.atMs), why: fell.why })}</p>}
      {proposal !== null && (
        <div className="proposal">
          <p>
            <b>{stageText(t, stages, proposal.stage)}</b>
          </p>
          <p className="why">{sayReason(proposal.why, i18n.language)}</p>
          {proposal.approvedBy === null ? (
            <button type="button" onClick={() => ask('approval', { proposal: proposal.id })}>
              {t('mode.approve', { until: clock(proposal.untilMs) })}
            </button>
          ) : (
            <p className="hint">{t('mode.carriedOut', { by: proposal.approvedBy })}</p>
          )}
        </div>
      )}
      {refusal !== null && <p className="refusal">{refusal}</p>}
    </div>
  );
}

const clock = (timeMs: number): string => new Date(timeMs).toISOString().slice(11, 19);
