import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { SaxesParser } from 'saxes';

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
