import type { City } from '../../city/city.ts';
import { escapeText } from '../../read/written.ts';
import { type DocumentMeta, formatDocument } from '../page.ts';
import { alignColumns } from '../table.ts';
import type { Assessment, Effect, MovementEffect } from './assess.ts';
import { findCorridor } from './corridor.ts';
import type { findDrift } from './demand.ts';
import { timeSpacePlot, timingBars } from './diagrams.ts';
import { cycleOf, type TimingRules } from './timing.ts';
import type { Tuned } from './tune.ts';

/** One signal's plan in words: phases are those of the shipped program. */
export interface SignalReport {
  readonly id: string;
  readonly cycleS: number;
  readonly offsetS: number;
  readonly stages: readonly { readonly phase: number; readonly state: string; readonly greenS: number }[];
}

/** What was found; `--json` prints it as it is. */
export interface TuneReport {
  readonly scenario: string;
  readonly rules: TimingRules;
  /** Runs of the engine in the search. */
  readonly runs: number;
  readonly assessment: Assessment;
  /** Signals with a new plan; empty where the shipped plans stand. */
  readonly signals: readonly SignalReport[];
}

/** A movement loses when its mean delay grows by more. */
const LOSS_S = 2;
const SHOWN_LOSERS = 8;
const SHOWN_SIGNALS = 60;
const SHOWN_DRIFTS = 10;

export function reportTuned(
  scenario: string,
  city: City,
  { plan, space, runs }: Tuned,
  { yellowS, allRedS, minGreenS }: TimingRules,
  assessment: Assessment,
): TuneReport {
  const signals = plan.flatMap((timing, s): SignalReport[] => {
    if (timing === null) return [];
    const offer = space.offers[s]!;
    const stages = timing.stages.map((stage, place) => {
      const { phase, state } = offer.stages[stage]!;
      return { phase, state, greenS: timing.greensS[place]! };
    });
    return [{ id: city.signals[s]!.id, cycleS: cycleOf(offer, timing), offsetS: timing.offsetS, stages }];
  });
  return { scenario, rules: { yellowS, allRedS, minGreenS }, runs, assessment, signals };
}

/** Movements whose vehicles wait longer under the new plans, the greatest loss first. */
export function listLosers({ movements }: Assessment): MovementEffect[] {
  return movements.filter(({ shippedS, tunedS }) => tunedS - shippedS > LOSS_S);
}

/** The report as tables: predicted effect, plans, who loses. */
export function formatTuned(report: TuneReport): string {
  const { scenario, rules, runs, assessment, signals } = report;
  const [first, last] = assessment.seeds;
  const title = `${scenario}: yellow ${rules.yellowS} s, all-red ${rules.allRedS} s, minimum green ${rules.minGreenS} s; ${runs} runs of the engine, judged on seeds ${first} to ${last}`;
  if (signals.length === 0) return `${title}\nNo plan does better than the shipped ones: they stand.\n`;
  const effects = alignColumns([
    ['predicted delay, s', 'shipped', 'tuned', '95 %', 'saved', '95 %'],
    effectRow('this demand', assessment.asGiven),
    effectRow('other days, 0.9 to 1.1 of it', assessment.otherDays),
  ]);
  const plans = alignColumns([
    ['signal', 'cycle s', 'offset s', 'stages (phase of the shipped program: green s)'],
    ...signals.map(({ id, cycleS, offsetS, stages }) => [
      id.length > 40 ? `${id.slice(0, 39)}…` : id,
      String(cycleS),
      String(offsetS),
      stages.map(({ phase, greenS }) => `${phase}: ${greenS}`).join('  '),
    ]),
  ]);
  const losers = listLosers(assessment);
  const rest = losers.length > SHOWN_LOSERS ? `\nand ${losers.length - SHOWN_LOSERS} more` : '';
  const loss =
    losers.length === 0
      ? `Nobody loses: no movement waits over ${LOSS_S} s longer than before.`
      : `${alignColumns([
          ['who loses', 'vehicles', 'shipped s', 'tuned s'],
          ...losers
            .slice(0, SHOWN_LOSERS)
            .map(({ from, to, vehicles, shippedS, tunedS }) => [
              `${from} → ${to}`,
              String(vehicles),
              shippedS.toFixed(1),
              tunedS.toFixed(1),
            ]),
        ])}${rest}`;
  return `${title}\n\n${effects}\n\n${plans}\n\n${loss}\n`;
}

function effectRow(name: string, effect: Effect): string[] {
  return [
    name,
    effect.shippedS.toFixed(1),
    effect.tunedS.toFixed(1),
    `${effect.tunedLowS.toFixed(1)} to ${effect.tunedHighS.toFixed(1)}`,
    `${effect.gain.toFixed(0)} %`,
    `${effect.gainLow.toFixed(0)} to ${effect.gainHigh.toFixed(0)}`,
  ];
}

/** What has changed since a plan was made, and what follows, in words. */
export function formatDrift({ drifts, isDrifted, growth }: ReturnType<typeof findDrift>): string {
  const whole = `Traffic at the signals is ${(100 * Math.abs(growth)).toFixed(0)} % ${growth < 0 ? 'less' : 'more'} than the plans were made for`;
  const rows = drifts
    .slice(0, SHOWN_DRIFTS)
    .map(({ from, to, beforePerH, nowPerH, geh }) => [
      `${from} → ${to}`,
      beforePerH.toFixed(0),
      nowPerH.toFixed(0),
      geh.toFixed(1),
    ]);
  const table = rows.length === 0 ? '' : `${alignColumns([['changed', 'then, cars/h', 'now', 'GEH'], ...rows])}\n`;
  const verdict = isDrifted ? 'that is tuned for anew.' : 'the plans stand.';
  return `${whole}, ${drifts.length} turns differ by a GEH of 5 or more: ${verdict}\n${table}`;
}

/** The plans as a table for a spreadsheet: a line per signal and stage. */
export function formatPlanTable({ signals }: TuneReport): string {
  const quote = (text: string) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const rows = signals.flatMap(({ id, cycleS, offsetS, stages }) =>
    stages.map(({ phase, state, greenS }, place) =>
      [quote(id), cycleS, offsetS, place + 1, phase, state, greenS].join(','),
    ),
  );
  return `signal,cycle_s,offset_s,order,phase,lamps,green_s\n${rows.join('\n')}\n`;
}

/** The report as a page with the stages of every signal and the time-space diagram of the busiest corridor. */
export function formatTunedPage(report: TuneReport, city: City, tuned: Tuned, meta: DocumentMeta): string {
  const { plan, space, streams } = tuned;
  const rows = plan.flatMap((timing, s) =>
    timing === null ? [] : [{ name: city.signals[s]!.id as string, offer: space.offers[s]!, timing }],
  );
  const corridor = findCorridor(city, space.offers, plan, streams);
  const nameOf = (signal: number): string => city.signals[signal]?.id ?? '';
  const sections = [
    `<section><h2>${escapeText(report.scenario)}</h2><pre class="wide">${escapeText(formatTuned(report))}</pre></section>`,
    rows.length > 0
      ? `<section><h2>Stages over one cycle</h2><p class="meta">phase of the shipped program: seconds of green; gaps are yellow and all-red${rows.length > SHOWN_SIGNALS ? `; the first ${SHOWN_SIGNALS} of ${rows.length} signals` : ''}</p>${timingBars(rows.slice(0, SHOWN_SIGNALS))}</section>`
      : '',
    corridor.length > 1
      ? `<section><h2>Time and distance along the busiest corridor</h2><p class="meta">green: the light lets those along the corridor go; lines: who starts with the first or last second of green at the first signal and need not halt</p>${timeSpacePlot(corridor, nameOf)}</section>`
      : '',
  ];
  return formatDocument(meta, sections.join('\n'), FOOTER);
}

const FOOTER =
  'Predicted by our own engine on seeds and days that the search did not see. Delay is time loss plus departure delay, averaged over all loaded vehicles; one never inserted counts from its departure to the end.';
