import { escapeText } from '../read/written.ts';
import { dotPlot, linePlot, type Series } from './plots.ts';
import { DEPARTURE_BIN_S, type RunReport } from './result.ts';
import { groupBy, median } from './statistics.ts';

/** The head of a report. */
export interface DocumentMeta {
  readonly title: string;
  /** How to make the page again. */
  readonly command: string;
  readonly date: string;
  readonly machine: string;
}

export interface PageMeta extends DocumentMeta {
  /** One sentence for each run that did not end. */
  readonly failures: readonly string[];
}

const TONES = 6;
const SHOWN_MOVEMENTS = 3;

/** The report of `judge` and `simulate` as one self-contained page: no script, no font, no image from elsewhere. */
export function formatPage(reports: readonly RunReport[], meta: PageMeta): string {
  const sections = [...groupBy(reports, ({ result }) => result.scenario)].map(([scenario, runs]) =>
    formatScenario(scenario, runs),
  );
  const failures = meta.failures.map((sentence) => `<li>${escapeText(sentence)}</li>`).join('');
  const failed = failures ? `<section class="failed"><h2>Runs that did not end</h2><ul>${failures}</ul></section>` : '';
  return formatDocument(meta, `${failed}\n${sections.join('\n')}`, FOOTER);
}

const FOOTER = `Delay is time loss plus departure delay, averaged over all loaded vehicles; one never inserted counts from its departure to the end.
A run is locked when a vehicle stood still for its last 600 s or more (hollow dots).`;

/** A report as one self-contained page; `main` and `footer` are HTML. */
export function formatDocument(meta: DocumentMeta, main: string, footer: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeText(meta.title)}</title>
<style>${STYLE}</style>
<header>
<h1>${escapeText(meta.title)}</h1>
<p class="meta"><code>${escapeText(meta.command)}</code><br>${escapeText(meta.date)} · ${escapeText(meta.machine)}</p>
</header>
<main>
${main}
</main>
<footer>${footer}</footer>
</html>
`;
}

function formatScenario(scenario: string, runs: readonly RunReport[]): string {
  const controllers = [...groupBy(runs, ({ result }) => result.controller)].map(([name, group], index) => ({
    name,
    tone: index % TONES,
    runs: [...group].sort((a, b) => a.result.seed - b.result.seed),
  }));
  const first = runs[0]?.result;
  const legend = controllers
    .map(({ name, tone }) => `<span><i class="tone${tone}"></i>${escapeText(name)}</span>`)
    .join('');
  const curves = controllers.map(({ name, tone, runs: group }): Series => {
    const points = Array.from({ length: 101 }, (_, p): [number, number] => [
      median(group.map(({ detail }) => detail.delayPercentilesS[p] ?? 0)),
      p,
    ]);
    return { name, tone, points };
  });
  const overTime = controllers.map(({ name, tone, runs: group }): Series => {
    const bins = Math.max(...group.map(({ detail }) => detail.delayByDepartureS.length));
    const points: [number, number][] = [];
    for (let bin = 0; bin < bins; bin++) {
      const values = group.map(({ detail }) => detail.delayByDepartureS[bin] ?? null).filter((value) => value !== null);
      if (values.length > 0) points.push([((bin + 0.5) * DEPARTURE_BIN_S) / 60, median(values)]);
    }
    return { name, tone, points };
  });
  return `<section>
<h2>${escapeText(scenario)}</h2>
<p class="meta">${first?.sensors} · decisions every ${first?.stepS} s · ${escapeText(runs[0]?.detail.rules ?? '')} (fixed: the shipped program; actuated: its own intergreens)</p>
${formatFigures(controllers)}
<p class="legend">${legend}</p>
<div class="plots">
<figure><figcaption>Mean delay of each run (dots) and their median (bar), s</figcaption>${dotPlot(
    controllers.map(({ name, tone, runs: group }) => ({
      name,
      tone,
      points: group.map(({ result }): [number, number] => [result.delayS, 0]),
      middle: median(group.map(({ result }) => result.delayS)),
      hollow: group.map(({ result }) => result.locked),
    })),
    'delay, s',
  )}</figure>
<figure><figcaption>Share of vehicles with at most this delay</figcaption>${linePlot(curves, {
    xLabel: 'delay, s (to the 98th percentile of the worst)',
    yLabel: '% of vehicles',
    xMax: Math.max(...curves.map(({ points }) => points[98]?.[0] ?? 0)),
    yMax: 100,
  })}</figure>
<figure><figcaption>Delay over time, by the minute a vehicle wanted to depart</figcaption>${linePlot(overTime, {
    xLabel: 'minutes from the start',
    yLabel: 'mean delay, s',
    xMax: Math.max(...overTime.flatMap(({ points }) => points.map(([x]) => x))),
    yMax: Math.max(...overTime.flatMap(({ points }) => points.map(([, y]) => y))),
  })}</figure>
<figure><figcaption>Worst movements of the run with the middle delay</figcaption>${formatMovements(controllers)}</figure>
</div>
${formatLocked(runs)}
</section>`;
}

interface Controller {
  readonly name: string;
  readonly tone: number;
  readonly runs: readonly RunReport[];
}

function formatFigures(controllers: readonly Controller[]): string {
  const rows = controllers.map(({ name, tone, runs }) => {
    const middle = (of: (result: RunReport['result']) => number, digits = 1) =>
      median(runs.map(({ result }) => of(result))).toFixed(digits);
    const movements = runs.map(({ result }) => result.worstMovementDelayS).filter((value) => value !== null);
    const cells = [
      middle((result) => result.delayS),
      Math.max(...runs.map(({ result }) => result.delayS)).toFixed(1),
      middle((result) => result.doorToDoorS),
      middle((result) => result.waitingS),
      middle((result) => result.stops, 2),
      middle((result) => result.arrived, 0),
      middle((result) => result.neverInserted, 0),
      movements.length > 0 ? median(movements).toFixed(1) : '–',
      Math.max(...runs.map(({ result }) => result.longestWaitS)).toFixed(0),
      `${runs.filter(({ result }) => result.locked).length} of ${runs.length}`,
    ];
    return `<tr><th scope="row"><i class="tone${tone}"></i>${escapeText(name)}</th>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
  });
  const heads = [
    'delay, s',
    'worst run',
    'door to door, s',
    'waiting, s',
    'stops',
    'arrived',
    'never inserted',
    'worst movement, s',
    'longest wait, s',
    'locked',
  ];
  return `<div class="wide"><table><thead><tr><th></th>${heads.map((head) => `<th scope="col">${head}</th>`).join('')}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}

function formatMovements(controllers: readonly Controller[]): string {
  const ranked = controllers.map(({ name, tone, runs }) => {
    const byDelay = [...runs].sort((a, b) => a.result.delayS - b.result.delayS);
    return {
      name,
      tone,
      movements: (byDelay[Math.floor((byDelay.length - 1) / 2)]?.detail.worstMovements ?? []).slice(0, SHOWN_MOVEMENTS),
    };
  });
  const longest = Math.max(...ranked.flatMap(({ movements }) => movements.map(({ delayS }) => delayS)), 1e-9);
  const rows = ranked.flatMap(({ name, tone, movements }) =>
    movements.map(
      ({ from, to, vehicles, delayS }, i) =>
        `<tr><th scope="row">${i === 0 ? escapeText(name) : ''}</th><td class="from">${escapeText(from)} → ${escapeText(to)}</td><td class="bar"><b class="tone${tone}" style="width:${Math.max(0, (delayS / longest) * 100).toFixed(1)}%"></b></td><td>${delayS.toFixed(1)} s</td><td>${vehicles} veh.</td></tr>`,
    ),
  );
  return `<div class="wide"><table class="movements"><tbody>${rows.join('')}</tbody></table></div>`;
}

function formatLocked(runs: readonly RunReport[]): string {
  const locked = runs.filter(({ result }) => result.locked);
  if (locked.length === 0) return '';
  const items = locked.map(({ result, detail }) => {
    const places = [...new Set(detail.standing.map(({ road }) => road))].slice(0, 3).join(', ');
    return `<li>${escapeText(result.controller)}, seed ${result.seed}: longest ${detail.standing[0]?.stillS ?? 0} s at ${escapeText(places)}</li>`;
  });
  return `<h3>Locked runs</h3><ul>${items.join('')}</ul>`;
}

export const STYLE = `
:root{color-scheme:light dark;--ground:#f7f8fa;--card:#fff;--ink:#16202c;--soft:#5c6b7c;--line:#dfe4ea;
--t0:#6b7785;--t1:#d9822b;--t2:#0072b2;--t3:#009e73;--t4:#cc5fa0;--t5:#8a6bd1}
@media (prefers-color-scheme:dark){:root{--ground:#0f151c;--card:#161f29;--ink:#e8eef5;--soft:#93a3b5;--line:#26323f;
--t0:#9aa7b5;--t1:#f0a24f;--t2:#4fb0ea;--t3:#3ecfa3;--t4:#e58cc0;--t5:#b39cf0}}
*{box-sizing:border-box}body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
header,main,footer{max-width:1240px;margin:0 auto;padding:0 28px}header{padding-top:40px}footer{padding:12px 28px 48px;color:var(--soft);font-size:13px}
h1{font-size:26px;letter-spacing:-.01em;margin:0 0 8px}h2{font-size:20px;margin:0}h3{font-size:15px;margin:20px 0 4px}
.meta{color:var(--soft);margin:2px 0 16px;font-size:13px}code{font:12.5px/1.5 ui-monospace,Menlo,Consolas,monospace}
section{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:24px;margin:20px 0}.failed{border-color:var(--t1)}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}.wide{overflow-x:auto}
thead th{color:var(--soft);font-weight:500;font-size:12.5px;text-align:right;padding:4px 0 6px 22px;white-space:nowrap}
tbody th{text-align:left;font-weight:600;padding:5px 12px 5px 0;white-space:nowrap}tbody td{text-align:right;padding:5px 0 5px 22px;white-space:nowrap}
tbody tr+tr>*{border-top:1px solid var(--line)}
i{display:inline-block;width:10px;height:10px;border-radius:3px;margin-right:8px;background:currentColor}
.legend{margin:18px 0 0;display:flex;flex-wrap:wrap;gap:4px 20px;font-size:13px}
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(440px,1fr));gap:24px;margin-top:12px}@media(max-width:560px){.plots{grid-template-columns:1fr}}
figure{margin:0;min-width:0}figcaption{font-size:13px;color:var(--soft);margin-bottom:6px}
svg{width:100%;height:auto;display:block}svg text{fill:var(--soft);font-size:12px}svg .name,svg .value{fill:var(--ink)}svg .value{font-weight:600}
.grid{stroke:var(--line)}.line{fill:none;stroke:currentColor;stroke-width:2;stroke-linejoin:round}.dot{fill:currentColor;fill-opacity:.55}
.hollow{fill:none;stroke:currentColor;stroke-width:1.8}.middle{stroke:currentColor;stroke-width:3}
.movements{width:100%;font-size:13px}.movements td,.movements th{padding:3px 0 3px 10px}.movements th{padding-left:0}
.movements .from{text-align:left;max-width:230px;overflow:hidden;text-overflow:ellipsis;color:var(--soft)}
.bar{width:38%}.bar b{display:block;height:9px;border-radius:3px;background:currentColor}
.tone0{color:var(--t0)}.tone1{color:var(--t1)}.tone2{color:var(--t2)}.tone3{color:var(--t3)}.tone4{color:var(--t4)}.tone5{color:var(--t5)}
`;
