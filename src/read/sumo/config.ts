import type { ByteSource } from '../source.ts';
import type { Element } from './xml.ts';
import { readXml } from './xml.ts';

/** What a `.sumocfg` says that matters here; files as written there. */
export interface SumoConfig {
  readonly netFile: string;
  readonly routeFiles: readonly string[];
  readonly additionalFiles: readonly string[];
  readonly beginS: number;
  /** Null where the run ends when the last vehicle has arrived. */
  readonly endS: number | null;
  /** Options that change traffic and are not followed here. */
  readonly unused: readonly string[];
}

/** Options of SUMO that change what traffic does, and that nothing here reads. */
const TRAFFIC_OPTIONS = new Set([
  'step-length',
  'scale',
  'lateral-resolution',
  'mesosim',
  'max-depart-delay',
  'time-to-teleport',
  'step-method.ballistic',
  'ignore-route-errors',
  'weight-files',
  'default.speeddev',
  'default.carfollowmodel',
  'extrapolate-departpos',
  'device.rerouting.probability',
  'random-depart-offset',
  'default.action-step-length',
  'collision.action',
  'eager-insert',
  'max-num-vehicles',
  'tls.all-off',
]);

/** Old and short spellings of the options read here. */
const NAMES: Readonly<Record<string, string>> = {
  n: 'net-file',
  net: 'net-file',
  r: 'route-files',
  a: 'additional-files',
  b: 'begin',
  e: 'end',
  additional: 'additional-files',
};

/** Seconds of a SUMO time: a number, HH:MM:SS or D:HH:MM:SS. */
export function readTime(element: Element, attribute: string): number {
  const text = element.getText(attribute).trim();
  const parts = text.split(':');
  if (parts.length === 1) return element.getNumber(attribute);
  const numbers = parts.map((part) => (part === '' ? Number.NaN : Number(part)));
  if (numbers.length < 3 || numbers.length > 4 || !numbers.every((value) => Number.isFinite(value) && value >= 0)) {
    throw element.fault(`${attribute}="${text.slice(0, 40)}" is not a time`, 'Write seconds or HH:MM:SS.');
  }
  const [seconds = 0, minutes = 0, hours = 0, days = 0] = numbers.reverse();
  return ((days * 24 + hours) * 60 + minutes) * 60 + seconds;
}

/** Reads a `.sumocfg`. Throws UrbaneError when it names no network. */
export async function readSumoConfig(source: ByteSource): Promise<SumoConfig> {
  const files: Record<string, string[]> = {};
  const unused: string[] = [];
  let beginS = 0;
  let endS: number | null = null;
  let root: Element | null = null;
  await readXml(
    source,
    { refused: ['net', 'routes', 'additional'], wanted: 'a configuration' },
    {
      open(element) {
        root ??= element;
        const name = NAMES[element.name] ?? element.name;
        const attribute = element.findText('value') === undefined ? 'v' : 'value';
        if (element.findText(attribute) === undefined) return;
        if (name === 'net-file' || name === 'route-files' || name === 'additional-files') {
          files[name] = element.listWords(attribute, /\s*,\s*/);
        } else if (name === 'begin') {
          beginS = readTime(element, attribute);
        } else if (name === 'end') {
          const seconds = readTime(element, attribute);
          endS = seconds < 0 ? null : seconds;
        } else if (TRAFFIC_OPTIONS.has(name)) {
          unused.push(`${name}=${element.getText(attribute)}`);
        }
      },
    },
  );
  const netFile = files['net-file']?.[0];
  const top = root as Element | null;
  if (top !== null && netFile === undefined) {
    throw top.fault('names no net-file', 'Add <net-file value="..."/> to its <input>.');
  }
  if (top !== null && endS !== null && endS <= beginS) {
    throw top.fault(`ends at ${endS} s and begins at ${beginS} s`, 'Let the end be later than the begin.');
  }
  return {
    netFile: netFile ?? '',
    routeFiles: files['route-files'] ?? [],
    additionalFiles: files['additional-files'] ?? [],
    beginS,
    endS,
    unused,
  };
}
