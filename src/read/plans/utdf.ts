import { parse } from 'csv-parse/sync';
import { kindByPlace, type PlanPhase } from '../../city/control.ts';
import { UrbaneError } from '../../units/errors.ts';
import type { DetectorRow, PlanBook, TimingPlan } from './book.ts';

/** Lane groups of Synchro's Universal Traffic Data Format, combined CSV (sections Network, Nodes, Lanes, Timeplans, Phases). */
export const GROUPS = ['NB', 'SB', 'EB', 'WB', 'NE', 'NW', 'SE', 'SW'].flatMap((heading) =>
  ['L', 'T', 'R'].map((turn) => `${heading}${turn}`),
);
const FOOT_M = 0.3048;
const MOST_PHASES = 99;
export const MOST_DETECTORS = 5;

/** True for the text of a combined UTDF file. */
export function isUtdf(text: string): boolean {
  return /^\uFEFF?\s*"?(UTDF|\[(Network|Nodes|Links|Lanes|Timeplans|Phases)\])/i.test(text);
}

interface Section {
  readonly header: readonly string[];
  readonly rows: readonly { readonly cells: readonly string[]; readonly line: number }[];
}

function readSections(text: string, file: string): Map<string, Section> {
  let records: { record: string[]; info: { lines: number } }[];
  try {
    const parsed: unknown = parse(text, {
      bom: true,
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
      info: true,
      max_record_size: 100_000,
    });
    records = parsed as typeof records;
  } catch (fault) {
    const why = fault instanceof Error ? fault.message.split('\n')[0]?.slice(0, 140) : 'it does not parse';
    throw new UrbaneError(
      'bad-input',
      `${file}: the table is damaged: ${why}.`,
      'Export it from Synchro again as combined UTDF.',
    );
  }
  const sections = new Map<string, { header: string[]; rows: { cells: string[]; line: number }[] }>();
  let section: { header: string[]; rows: { cells: string[]; line: number }[] } | null = null;
  for (const { record, info } of records) {
    const name = /^\[(.+)\]$/.exec(record[0] ?? '')?.[1];
    if (name !== undefined) {
      section = { header: [], rows: [] };
      sections.set(name.toLowerCase(), section);
    } else if (section !== null) {
      const isHeader = /^(RECORDNAME|INTID)$/i.test(record[0] ?? '');
      if (isHeader) section.header = record.map((cell) => cell.toUpperCase());
      else if (section.header.length > 0) section.rows.push({ cells: record, line: info.lines });
    }
  }
  return sections;
}

/** Rows of a section as INTID → record name → cells by column. */
function byNode({ header, rows }: Section): Map<string, Map<string, Map<string, string>>> {
  const nodes = new Map<string, Map<string, Map<string, string>>>();
  const at = (name: string) => header.indexOf(name);
  for (const { cells } of rows) {
    const node = cells[at('INTID')] ?? '';
    const record = (cells[at('RECORDNAME')] ?? '').toLowerCase();
    const own = nodes.get(node) ?? new Map<string, Map<string, string>>();
    nodes.set(node, own);
    own.set(record, new Map(header.map((name, i) => [name, cells[i] ?? ''])));
  }
  return nodes;
}

/**
 * The plan, phases and detectors of a combined UTDF file; its one plan is named `name`. A node is the signal that its
 * DESCRIPTION names, otherwise its INTID. Throws UrbaneError `bad-input`.
 */
export function readUtdf(text: string, file: string, name: string): PlanBook {
  const sections = readSections(text, file);
  const empty: Section = { header: [], rows: [] };
  const [timeplans, phases, lanes] = ['timeplans', 'phases', 'lanes'].map((key) => sections.get(key) ?? empty);
  if (
    timeplans === undefined ||
    phases === undefined ||
    lanes === undefined ||
    phases.rows.length === 0 ||
    timeplans.rows.length === 0
  ) {
    throw new UrbaneError(
      'bad-input',
      `${file} has no [Timeplans] and [Phases].`,
      'Export lanes, timeplans and phases from Synchro as one combined UTDF.',
    );
  }
  const nodes = sections.get('nodes') ?? empty;
  const described = new Map(
    nodes.rows.map(({ cells }) => [
      cells[nodes.header.indexOf('INTID')] ?? '',
      cells[nodes.header.indexOf('DESCRIPTION')] ?? '',
    ]),
  );
  const network = sections.get('network');
  const isMetric =
    network?.rows.some(({ cells }) => cells[0]?.toLowerCase() === 'metric' && Number(cells[1]) === 1) ?? false;
  const unitM = isMetric ? 1 : FOOT_M;
  const [ofPlans, ofPhases, ofLanes] = [byNode(timeplans), byNode(phases), byNode(lanes)];
  const plans: TimingPlan[] = [];
  const detectors: DetectorRow[] = [];
  for (const [node, own] of ofPhases) {
    const signal = described.get(node) || node;
    const where = `${file}: node ${node}`;
    const number = (word: string, what: string): number => {
      const value = Number(word);
      if (word === '' || !Number.isFinite(value) || Math.abs(value) > 1e6)
        throw new UrbaneError(
          'bad-input',
          `${where} has ${what} "${word.slice(0, 30)}", which is no number.`,
          'Correct the value.',
        );
      return value;
    };
    const setting = (record: string) => ofPlans.get(node)?.get(record)?.get('DATA') ?? '';
    const groups = ofLanes.get(node) ?? new Map<string, Map<string, string>>();
    const phasesOf = (record: string, group: string) =>
      [1, 2, 3, 4].flatMap((k) => {
        const word = groups.get(`${record}${k}`)?.get(group) ?? '';
        return word === '' || Number(word) === 0 ? [] : [Math.abs(number(word, `${record}${k} of ${group}`))];
      });
    const rows = readPhases(
      own,
      (phase, record) =>
        GROUPS.filter((group) => groups.get('phase1')?.has(group) && phasesOf(record, group).includes(phase)),
      number,
    );
    const reference = setting('reference phase');
    plans.push({
      signal,
      plan: name,
      cycleS: number(setting('cycle length'), 'Cycle Length'),
      offsetS: setting('offset') === '' ? 0 : number(setting('offset'), 'Offset'),
      reference: referenceOf(reference === '' ? 0 : number(reference, 'Reference Phase'), rows),
      phases: rows,
    });
    for (const group of GROUPS) {
      const count = Number(groups.get('numdetects')?.get(group) ?? 0);
      const phase = phasesOf('detectphase', group)[0] ?? phasesOf('phase', group)[0];
      for (let k = 1; k <= Math.min(MOST_DETECTORS, count || 0); k++) {
        if (phase === undefined)
          throw new UrbaneError(
            'bad-input',
            `${where} has a detector on ${group}, which calls no phase.`,
            'Give the lane group its DetectPhase1.',
          );
        const cell = (record: string) => groups.get(`${record}${k}`)?.get(group) ?? '0';
        const distanceM = toCm(Math.max(0, number(cell('detectpos') || '0', `DetectPos${k}`)) * unitM);
        detectors.push({
          signal,
          channel: detectors.filter((other) => other.signal === signal).length + 1,
          phase,
          lane: group,
          distanceM,
          lengthM: toCm(Math.max(0, number(cell('detectsize') || '0', `DetectSize${k}`)) * unitM),
          kind: kindByPlace(distanceM),
        });
      }
    }
  }
  return { plans, schedule: [], detectors };
}

function toCm(value: number): number {
  return Math.round(value * 100) / 100;
}

/** Synchro's reference phases: one number, or two digits each for ring 1 and 2 (206 is phases 2 and 6). */
function referenceOf(value: number, phases: readonly PlanPhase[]): number | null {
  const candidates = value > MOST_PHASES ? [Math.floor(value / 100), value % 100] : [value];
  return candidates.find((phase) => phases.some((one) => one.phase === phase)) ?? null;
}

function readPhases(
  own: ReadonlyMap<string, ReadonlyMap<string, string>>,
  groupsOf: (phase: number, record: 'phase' | 'permphase') => string[],
  number: (word: string, what: string) => number,
): PlanPhase[] {
  const rows: PlanPhase[] = [];
  for (const [column, word] of own.get('brp') ?? []) {
    const phase = Number(/^D(\d+)$/.exec(column)?.[1]);
    if (!Number.isInteger(phase) || word === '' || Number(word) === 0) continue;
    const amount = (record: string) => number(own.get(record)?.get(column) || '0', `${record} of phase ${phase}`);
    const splitS = amount(own.has('split') ? 'split' : 'maxsplit');
    const movements = groupsOf(phase, 'phase');
    if (splitS === 0 && movements.length === 0) continue;
    const brp = number(word, 'BRP');
    const [yellowS, allRedS] = [amount('yellow'), amount('allred')];
    rows.push({
      phase,
      barrier: Math.floor(brp / 100),
      ring: Math.floor(brp / 10) % 10,
      position: brp % 10,
      movements,
      permitted: groupsOf(phase, 'permphase'),
      splitS,
      minGreenS: amount('mingreen'),
      maxGreenS: own.has('maxgreen') ? amount('maxgreen') : null,
      yellowS,
      allRedS,
      walkS: amount('walk'),
      pedClearS: amount('dontwalk'),
      passageS: own.has('vehext') ? amount('vehext') : null,
    });
  }
  return rows;
}
