import { CHART_WORDS, drawByPhase } from '../measures/charts/by-phase.ts';
import { coordinationDiagram, shareOnGreen } from '../measures/charts/coordination.ts';
import type { ChartWords } from '../measures/charts/frame.ts';
import { REASON_COLOUR, splitStrip, terminationStrip } from '../measures/charts/strips.ts';
import { escapeText } from '../read/written.ts';
import { type DocumentMeta, formatDocument } from '../trial/page.ts';
import type { Zone } from '../units/zone.ts';
import { partOf } from '../watch/words.ts';
import type { JunctionPageDocument, JunctionPages } from './junction-pages.ts';

const REASONS = [
  [4, 'gap out'],
  [5, 'max out'],
  [6, 'force off'],
  [0, 'not said'],
] as const;

/** The last day of every controller of a log as one self-contained page: findings first, then the diagrams. */
export function formatLogReport(pages: JunctionPages, zone: Zone, meta: DocumentMeta): string {
  const sections = pages.list().controllers.flatMap(({ id }) => {
    const page = pages.describe(id, null);
    return page === null ? [] : [formatJunction(page, zone)];
  });
  return formatDocument(meta, `<style>${STYLE}</style>${sections.join('\n')}`, FOOTER);
}

const STYLE = `:root{--chart-ink:var(--ink);--chart-quiet:var(--soft);--chart-grid:var(--line);--chart-ground:var(--card)}
svg text{fill:var(--soft)}.action{font-weight:600}.found{border-left:3px solid var(--t1);padding-left:12px;margin:10px 0}`;

const FOOTER = `Coordination diagram: each arrival at its second in the cycle, which begins with red; lines where green, yellow and the next red begin
(Day et al., Performance Measures for Traffic Signal Systems, Purdue 2014). Bins of 15 minutes, of 5 for up to an hour.`;

function formatJunction(page: JunctionPageDocument, zone: Zone): string {
  const { entry, picture, alerts, findings } = page;
  const clock = (timeMs: number): string =>
    new Date(zone.toLocal(timeMs)).toISOString().slice(11, 19).replace(/:00$/, '');
  const words = (label: string, yLabel: string): ChartWords => ({ label, yLabel, clock });
  const found = [
    ...alerts.map((alert) => {
      const until = alert.untilMs === null ? '' : ` to ${clock(alert.untilMs)}`;
      return `<div class="found"><b>${escapeText(partOf(alert))}</b>, ${clock(alert.sinceMs)}${until}<br>${escapeText(alert.cause)}
<br><span class="action">${escapeText(alert.action)}</span></div>`;
    }),
    ...findings.map(({ sentence }) => `<div class="found">${escapeText(sentence)}</div>`),
  ];
  const diagrams = picture.phases
    .filter(({ hits }) => hits.length > 0)
    .map((phase) => {
      const { hits, onGreen } = shareOnGreen(phase);
      const share = hits === 0 ? '' : `: ${Math.round((100 * onGreen) / hits)} % of ${hits} on green`;
      return figure(
        `Coordination diagram, phase ${phase.phase}${share}`,
        coordinationDiagram(picture, phase, words('coordination diagram', 'second in the cycle')),
      );
    });
  const reasons = REASONS.map(
    ([code, name]) => `<span><i style="color:${REASON_COLOUR[code]}"></i>${name}</span>`,
  ).join('');
  const charts = drawByPhase(page, (name) => words(CHART_WORDS[name].title, CHART_WORDS[name].unit));
  const day = new Date(zone.toLocal(picture.fromMs)).toISOString().slice(0, 10);
  return `<section><h2>${escapeText(entry.id)}</h2>
<p class="meta">${day}, ${clock(picture.fromMs)} to ${clock(picture.toMs)} (${escapeText(zone.name)}), ${entry.events} events</p>
<h3>Findings</h3>${found.join('\n') || '<p>Nothing wrong was found.</p>'}
${diagrams.join('\n')}
<div class="legend">${reasons}</div>
${figure('Why greens ended, by phase', terminationStrip(picture, words('ends of green', 'phase')))}
${figure('How long each green was, by phase', splitStrip(picture, words('splits', 'phase')))}
<div class="plots">${charts
    .map(({ name, drawing, legend }) => {
      const phases = legend.map(({ phase, colour }) => `<i style="color:${colour}"></i>${phase}`).join(' ');
      return figure(`${CHART_WORDS[name].title} &nbsp; ${phases}`, drawing);
    })
    .join('\n')}</div></section>`;
}

function figure(caption: string, drawing: string): string {
  return `<figure><figcaption>${caption}</figcaption>${drawing}</figure>`;
}
