import type { City } from '../city/city.ts';
import type { CountFit } from '../demand/counts.ts';
import type { Scenario } from '../demand/demand.ts';
import type { ImportReport } from '../read/report.ts';
import { escapeText } from '../read/written.ts';
import { STYLE } from './page.ts';

/** A step on the way to a city, and how long it took. */
export interface TakenStep {
  readonly what: string;
  readonly seconds: number;
}

export interface CityPageMeta {
  readonly command: string;
  readonly steps: readonly TakenStep[];
  readonly fits: readonly CountFit[];
}

/** More roads than this and the map shows only those that carry through traffic. */
const MOST_DRAWN = 8000;
const THROUGH_PRIORITY = 4;
const SHOWN_FITS = 200;
const GOOD_GEH = 5;

/** What became of an extract, as one self-contained page: steps, map, what was left out, demand and how it fits counts. */
export function formatCityPage({ city, demand }: Scenario, report: ImportReport, meta: CityPageMeta): string {
  const steps = meta.steps.map(({ what, seconds }) => row(what, `${seconds.toFixed(1)} s`));
  const counts = Object.entries(report.counts).map(([kind, count]) => row(kind, String(count)));
  const dropped = report.dropped.map(({ what, element, why }) => row(`${what} ${element}`, why));
  const notes = report.warnings.map((warning) => `<li>${escapeText(warning)}</li>`).join('');
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeText(city.name)}</title>
<style>${STYLE}.road{stroke:var(--soft);fill:none}.lamp{fill:var(--t1)}</style>
<header><h1>${escapeText(city.name)}</h1><p class="meta"><code>${escapeText(meta.command)}</code></p></header>
<main>
<section><h2>Map</h2>${drawMap(city)}<p class="meta">Dots are signals; point at one for its id.</p></section>
<section><h2>Steps</h2>${table(steps)}<h3>What the city holds</h3>${table([...counts, row('trips', String(demand.trips.length))])}</section>
${notes === '' ? '' : `<section><h2>Notes</h2><ul>${notes}</ul></section>`}
<section><h2>Left out, and why</h2>${dropped.length === 0 ? '<p>Nothing.</p>' : table(dropped)}</section>
${meta.fits.length === 0 ? '' : formatFits(city, meta.fits)}
</main>
</html>
`;
}

function row(name: string, value: string): string {
  return `<tr><th scope="row">${escapeText(name)}</th><td>${escapeText(value)}</td></tr>`;
}

function table(rows: readonly string[]): string {
  return `<div class="wide"><table><tbody>${rows.join('')}</tbody></table></div>`;
}

function formatFits(city: City, fits: readonly CountFit[]): string {
  const good = fits.filter(({ geh }) => geh < GOOD_GEH).length;
  const worst = [...fits].sort((a, b) => b.geh - a.geh).slice(0, SHOWN_FITS);
  const rows = worst.map(
    ({ road, countedPerH, modelledPerH, geh }) =>
      `<tr><th scope="row">${escapeText(city.roads[road]?.id ?? '')}</th><td>${countedPerH.toFixed(0)}</td><td>${modelledPerH.toFixed(0)}</td><td>${geh.toFixed(1)}</td></tr>`,
  );
  return `<section><h2>Counts</h2><p>GEH below ${GOOD_GEH} on ${good} of ${fits.length}.</p><div class="wide"><table>
<thead><tr><th>road</th><th>counted /h</th><th>modelled /h</th><th>GEH</th></tr></thead><tbody>${rows.join('')}</tbody></table></div></section>`;
}

function drawMap(city: City): string {
  const isDrawn = (priority: number) => city.roads.length <= MOST_DRAWN || priority >= THROUGH_PRIORITY;
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { x, y } of city.junctions) {
    [west, south] = [Math.min(west, x), Math.min(south, y)];
    [east, north] = [Math.max(east, x), Math.max(north, y)];
  }
  const width = Math.max(1, east - west);
  const lines = city.roads.flatMap((road) => {
    if (!isDrawn(road.priority)) return [];
    const { shape, widthM } = city.lanes[road.firstLane + (road.laneCount >> 1)]!;
    const points = Array.from(
      { length: shape.length / 2 },
      (_, i) => `${(shape[2 * i]! - west).toFixed(0)},${(north - shape[2 * i + 1]!).toFixed(0)}`,
    );
    const stroke = Math.max(widthM * road.laneCount, width / 1500).toFixed(1);
    return [`<polyline class="road" stroke-width="${stroke}" points="${points.join(' ')}"/>`];
  });
  const lamps = city.signals.map(({ id, junctions }) => {
    const { x, y } = city.junctions[junctions[0] ?? 0]!;
    return `<circle class="lamp" cx="${(x - west).toFixed(0)}" cy="${(north - y).toFixed(0)}" r="${(width / 250).toFixed(1)}"><title>${escapeText(id)}</title></circle>`;
  });
  return `<svg viewBox="0 0 ${width.toFixed(0)} ${Math.max(1, north - south).toFixed(0)}">${lines.join('')}${lamps.join('')}</svg>`;
}
