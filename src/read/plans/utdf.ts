import { parse } from 'csv-parse/sync';
import type { City } from '../../city/city.ts';
import { UrbaneError } from '../../units/errors.ts';
import { cellOf } from '../csv.ts';
import { type DetectorRow, headingOf, MovementWords, type PlanBook, type PlanPhase, type TimingPlan } from './book.ts';

/** Synchro's Universal Traffic Data Format, combined CSV (sections Network, Nodes, Lanes, Timeplans, Phases). */
const GROUPS = ['NB', 'SB', 'EB', 'WB', 'NE', 'NW', 'SE', 'SW'].flatMap((heading) =>
  ['L', 'T', 'R'].map((turn) => `${heading}${turn}`),
);
const FOOT_M = 0.3048;
const MOST_PHASES = 99;
const MOST_DETECTORS = 5;

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
        detectors.push({
          signal,
          channel: detectors.filter((other) => other.signal === signal).length + 1,
          phase,
          lane: group,
          distanceM: toCm(Math.max(0, number(cell('detectpos') || '0', `DetectPos${k}`)) * unitM),
          lengthM: toCm(Math.max(0, number(cell('detectsize') || '0', `DetectSize${k}`)) * unitM),
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

/**
 * One combined UTDF file per plan name. Movements become lane groups by compass. Not held, and listed: schedules, phases
 * beyond BRP's digits, roads that share heading and turn, more than five detectors of a lane group.
 */
export function writeUtdf(city: City, book: PlanBook): { files: { name: string; text: string }[]; lost: string[] } {
  const lost = book.schedule.length > 0 ? [`${book.schedule.length} rows of schedules`] : [];
  const files = [...new Set(book.plans.map(({ plan }) => plan))].map((name) => ({
    name: `utdf-${name.replace(/[^\w-]/g, '_')}.csv`,
    text: formatPlan(
      city,
      book.plans.filter(({ plan }) => plan === name),
      book.detectors,
      lost,
    ),
  }));
  return { files, lost: [...new Set(lost)] };
}

function formatPlan(
  city: City,
  plans: readonly TimingPlan[],
  detectors: readonly DetectorRow[],
  lost: string[],
): string {
  const rows: (readonly (string | number)[])[] = [
    ['UTDF'],
    ['[Network]'],
    ['Network Settings'],
    ['RECORDNAME', 'DATA'],
    ['Metric', 1],
  ];
  const signalOf = new Map(city.signals.map(({ id }, index) => [id as string, index]));
  const nodes = plans.map((plan, i) => ({ plan, node: i + 1, signal: signalOf.get(plan.signal) ?? -1 }));
  rows.push(['[Nodes]'], ['Node Data'], ['INTID', 'TYPE', 'X', 'Y', 'Z', 'DESCRIPTION']);
  for (const { plan, node, signal } of nodes) {
    const { x = 0, y = 0 } = city.junctions[city.signals[signal]?.junctions[0] ?? -1] ?? {};
    rows.push([node, 0, x, y, 0, plan.signal]);
  }
  rows.push(['[Lanes]'], ['Lane Group Data'], ['RECORDNAME', 'INTID', ...GROUPS]);
  for (const { plan, node, signal } of nodes) rows.push(...laneRows(city, plan, node, signal, detectors, lost));
  rows.push(['[Timeplans]'], ['Timing Plan Settings'], ['RECORDNAME', 'INTID', 'DATA']);
  for (const { plan, node } of nodes) {
    rows.push(['Control Type', node, 0], ['Cycle Length', node, plan.cycleS], ['Referenced To', node, 0]);
    rows.push(['Reference Phase', node, plan.reference ?? 0], ['Offset', node, plan.offsetS]);
  }
  const columns = [...new Set(plans.flatMap(({ phases }) => phases.map(({ phase }) => phase)))].sort((a, b) => a - b);
  rows.push(['[Phases]'], ['Phasing Data'], ['RECORDNAME', 'INTID', ...columns.map((phase) => `D${phase}`)]);
  for (const { plan, node } of nodes) {
    const row = (record: string, value: (phase: PlanPhase) => number | null) =>
      rows.push([
        record,
        node,
        ...columns.map((column) => {
          const phase = plan.phases.find((one) => one.phase === column);
          return phase === undefined ? '' : (value(phase) ?? '');
        }),
      ]);
    if (plan.phases.some(({ barrier, ring, position }) => barrier > 9 || ring > 9 || position > 9))
      lost.push(`signal ${plan.signal}: barriers, rings or positions above 9`);
    row('BRP', ({ barrier, ring, position }) => barrier * 100 + ring * 10 + position);
    row('MinGreen', ({ minGreenS }) => minGreenS);
    if (plan.phases.some(({ maxGreenS }) => maxGreenS !== null)) row('MaxGreen', ({ maxGreenS }) => maxGreenS);
    if (plan.phases.some(({ passageS }) => passageS !== null)) row('VehExt', ({ passageS }) => passageS);
    row('Yellow', ({ yellowS }) => yellowS);
    row('AllRed', ({ allRedS }) => allRedS);
    row('Walk', ({ walkS }) => walkS);
    row('DontWalk', ({ pedClearS }) => pedClearS);
    row('Split', ({ splitS }) => splitS);
  }
  return `${rows.map((row) => row.map(cellOf).join(',')).join('\r\n')}\r\n`;
}

function laneRows(
  city: City,
  plan: TimingPlan,
  node: number,
  signal: number,
  detectors: readonly DetectorRow[],
  lost: string[],
): (string | number)[][] {
  const words = new MovementWords(city, signal, `plan "${plan.plan}" of signal ${plan.signal}`);
  const groupsOf = (list: readonly string[]): Set<string> =>
    new Set(list.flatMap((word) => groupsOfWord(city, signal, words, word)));
  const roadsOf = new Map<string, Set<number>>();
  city.signals[signal]?.links.forEach(([m]) => {
    const movement = city.movements[m ?? -1];
    if (movement === undefined) return;
    const road = city.lanes[movement.fromLane]?.road ?? -1;
    roadsOf.set(headingOf(city, road), (roadsOf.get(headingOf(city, road)) ?? new Set()).add(road));
  });
  for (const [heading, roads] of roadsOf)
    if (roads.size > 1) lost.push(`signal ${plan.signal}: ${roads.size} roads arrive ${heading}`);
  const cells = (value: (group: string) => string | number) => GROUPS.map(value);
  const rows: (string | number)[][] = [];
  const served = plan.phases.map((phase) => ({
    phase: phase.phase,
    own: groupsOf(phase.movements),
    through: groupsOf(phase.permitted),
  }));
  for (const [record, key] of [
    ['Phase', 'own'],
    ['PermPhase', 'through'],
  ] as const) {
    const most = Math.max(1, ...GROUPS.map((group) => served.filter((one) => one[key].has(group)).length));
    if (most > 4) lost.push(`signal ${plan.signal}: a movement of more than four phases`);
    for (let k = 0; k < Math.min(4, most); k++)
      rows.push([
        `${record}${k + 1}`,
        node,
        ...cells((group) => served.filter((one) => one[key].has(group))[k]?.phase ?? ''),
      ]);
  }
  const own = detectors.filter((detector) => detector.signal === plan.signal);
  const at = (group: string) => own.filter(({ lane }) => groupsOfLane(city, signal, words, lane).has(group));
  const most = Math.max(0, ...GROUPS.map((group) => at(group).length));
  if (most > MOST_DETECTORS) lost.push(`signal ${plan.signal}: more than ${MOST_DETECTORS} detectors of a lane group`);
  if (most > 0) {
    rows.push(['DetectPhase1', node, ...cells((group) => at(group)[0]?.phase ?? '')]);
    rows.push(['numDetects', node, ...cells((group) => Math.min(MOST_DETECTORS, at(group).length) || '')]);
    for (let k = 0; k < Math.min(MOST_DETECTORS, most); k++) {
      rows.push([`DetectPos${k + 1}`, node, ...cells((group) => at(group)[k]?.distanceM ?? '')]);
      rows.push([`DetectSize${k + 1}`, node, ...cells((group) => at(group)[k]?.lengthM ?? '')]);
    }
  }
  return rows;
}

function groupsOfWord(city: City, signal: number, words: MovementWords, word: string): string[] {
  if (GROUPS.includes(word)) return [word];
  return words.find(word).flatMap((link) => {
    const movement = city.movements[city.signals[signal]?.links[link]?.[0] ?? -1];
    if (movement === undefined) return [];
    const heading = headingOf(city, city.lanes[movement.fromLane]?.road ?? -1);
    return [`${heading}${movement.turn === 'straight' ? 'T' : movement.turn === 'right' ? 'R' : 'L'}`];
  });
}

/** The lane group of a detector: of a lane, the group of its first movement. */
function groupsOfLane(city: City, signal: number, words: MovementWords, lane: string): Set<string> {
  const found = city.lanes.find(({ id }) => id === lane);
  if (found === undefined) return new Set(groupsOfWord(city, signal, words, lane).slice(0, 1));
  const movement = city.movements[found.out[0] ?? -1];
  if (movement === undefined) return new Set();
  return new Set([
    `${headingOf(city, found.road)}${movement.turn === 'straight' ? 'T' : movement.turn === 'right' ? 'R' : 'L'}`,
  ]);
}
