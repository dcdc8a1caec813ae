import { readFileSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { SaxesParser } from 'saxes';
import type { Scenario } from '../demand/demand.ts';
import type { SumoFiles } from '../field/load.ts';
import { escapeText } from '../read/written.ts';
import { UrbaneError } from '../units/errors.ts';

/** An element of a route file: its name (vehicle, trip, flow, vType, route) and its id. */
export interface RouteElement {
  readonly what: string;
  readonly id: string;
}

/** Copies a route file without some of its elements; gives the ids that were found in it. The rest stays byte for byte. */
export function copyWithout(routeFile: string, elements: readonly RouteElement[], copy: string): Set<string> {
  const unwanted = new Set(elements.map(({ what, id }) => `${what} ${id}`));
  const bytes = readFileSync(routeFile);
  const text = (routeFile.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  const found = new Set<string>();
  const kept: string[] = [];
  let keptTo = 0;
  let cutFrom = -1;
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name, attributes }) => {
    const id = attributes.id;
    if (cutFrom >= 0 || id === undefined || !unwanted.has(`${name} ${id}`)) return;
    found.add(id);
    cutFrom = text.lastIndexOf('<', parser.position - 1);
  });
  parser.on('closetag', ({ name, attributes }) => {
    if (cutFrom < 0 || !unwanted.has(`${name} ${attributes.id}`)) return;
    kept.push(text.slice(keptTo, cutFrom));
    keptTo = parser.position;
    cutFrom = -1;
  });
  parser.write(text).close();
  kept.push(text.slice(keptTo));
  writeFileSync(copy, kept.join(''));
  return found;
}

const TRIP_ELEMENTS = ['vehicle', 'trip', 'flow'];

/** Copies the route files without these; gives the copies. Throws bad-usage for a trip that is nowhere. */
export function copyRoutes(
  routeFiles: readonly string[],
  exclude: readonly string[],
  broken: readonly RouteElement[],
  workDir: string,
): string[] {
  const unwanted = [...broken, ...exclude.flatMap((id) => TRIP_ELEMENTS.map((what) => ({ what, id })))];
  const missing = new Set(exclude);
  const copies = routeFiles.map((file, index) => {
    const copy = join(workDir, `${index}-${basename(file).replace(/\.gz$/, '')}`);
    for (const id of copyWithout(file, unwanted, copy)) missing.delete(id);
    return copy;
  });
  for (const id of missing) {
    throw new UrbaneError(
      'bad-usage',
      `No route file holds a trip "${id}" to leave out.`,
      'Check the id given to --exclude.',
    );
  }
  return copies;
}

/** Writes a .sumocfg that is the scenario without these trips, for readers that take a whole scenario; gives its path. */
export async function writeWithout(
  files: SumoFiles,
  { name, beginMs, endMs }: Scenario,
  exclude: readonly string[],
  workDir: string,
): Promise<string> {
  const routes = copyRoutes(files.routeFiles, exclude, [], workDir);
  const additional =
    files.additionalFiles.length > 0
      ? `<additional-files value="${escapeText(files.additionalFiles.join(','))}"/>`
      : '';
  const config = join(workDir, `${name}.sumocfg`);
  await writeFile(
    config,
    `<configuration><input><net-file value="${escapeText(files.netFile)}"/><route-files value="${escapeText(routes.join(','))}"/>${additional}</input>` +
      `<time><begin value="${beginMs / 1000}"/><end value="${endMs / 1000}"/></time></configuration>`,
  );
  return config;
}
