import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { SaxesParser } from 'saxes';

const TRIP_ELEMENTS = new Set(['vehicle', 'trip', 'flow']);

/** Copies a route file without the trips named; gives the ids that were found in it. The rest stays as it is, byte for byte. */
export function copyWithout(routeFile: string, ids: ReadonlySet<string>, copy: string): Set<string> {
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
    const id = attributes['id'];
    if (cutFrom >= 0 || id === undefined || !TRIP_ELEMENTS.has(name) || !ids.has(id)) return;
    found.add(id);
    cutFrom = text.lastIndexOf('<', parser.position - 1);
  });
  parser.on('closetag', ({ name, attributes }) => {
    if (cutFrom < 0 || !TRIP_ELEMENTS.has(name) || !ids.has(attributes['id'] ?? '')) return;
    kept.push(text.slice(keptTo, cutFrom));
    keptTo = parser.position;
    cutFrom = -1;
  });
  parser.write(text).close();
  kept.push(text.slice(keptTo));
  writeFileSync(copy, kept.join(''));
  return found;
}
