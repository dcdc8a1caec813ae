import type { City, Movement } from '../../city/city.ts';
import { kindByPlace, type PlanPhase } from '../../city/control.ts';
import { cellOf } from '../csv.ts';
import { type DetectorRow, headingOf, MovementWords, type PlanBook, type TimingPlan } from './book.ts';
import { GROUPS, MOST_DETECTORS } from './utdf.ts';

/**
 * One combined UTDF file per plan name. Movements become lane groups by compass. Not held, and listed: schedules, phases
 * beyond BRP's digits, roads that share heading and turn, more than five detectors of a lane group, channels and kinds of detectors.
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
  const own = groupDetectors(
    city,
    signal,
    words,
    detectors.filter((detector) => detector.signal === plan.signal),
  );
  const at = (group: string) => own.filter((detector) => detector.group === group);
  const most = Math.max(0, ...GROUPS.map((group) => at(group).length));
  const inOrder = GROUPS.flatMap(at);
  if (inOrder.some(({ channel }, k) => channel !== k + 1)) lost.push(`signal ${plan.signal}: channels of detectors`);
  if (own.some(({ kind, distanceM }) => kind !== kindByPlace(distanceM)))
    lost.push(`signal ${plan.signal}: kinds of detectors`);
  if (GROUPS.some((group) => new Set(at(group).map(({ phase }) => phase)).size > 1))
    lost.push(`signal ${plan.signal}: detectors of a lane group that call several phases`);
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
    return movement === undefined ? [] : [groupOf(city, movement)];
  });
}

/**
 * Detectors by lane group: a movement word's group; the group whose lanes a channel covers at one place; otherwise, lane by lane, the
 * group that goes straight on from it, or its first.
 */
function groupDetectors(
  city: City,
  signal: number,
  words: MovementWords,
  rows: readonly DetectorRow[],
): (DetectorRow & { readonly group: string })[] {
  const laneOf = new Map(city.lanes.map((lane) => [lane.id as string, lane]));
  const lanesOf = (group: string): string =>
    words.has(group)
      ? [
          ...new Set(
            words
              .find(group)
              .flatMap((link) => city.signals[signal]?.links[link] ?? [])
              .map((m) => city.lanes[city.movements[m]?.fromLane ?? -1]?.id),
          ),
        ]
          .sort()
          .join(' ')
      : '';
  // Of groups that cover the same lanes the one that goes straight on.
  const straightLast = [...GROUPS].sort((a, b) => Number(a.endsWith('T')) - Number(b.endsWith('T')));
  const byGroup = new Map(straightLast.map((group) => [lanesOf(group), group]));
  const channels = Map.groupBy(rows, ({ channel, distanceM, lengthM }) => `${channel} ${distanceM} ${lengthM}`);
  return [...channels.values()].flatMap((own) => {
    const lanes = own.map(({ lane }) => lane);
    const whole = byGroup.get([...lanes].sort().join(' '));
    if (whole !== undefined && own[0] !== undefined) return [{ ...own[0], group: whole }];
    return own.flatMap((row) => {
      const lane = laneOf.get(row.lane);
      if (lane === undefined)
        return groupsOfWord(city, signal, words, row.lane)
          .slice(0, 1)
          .map((group) => ({ ...row, group }));
      const ways = lane.out.map((m) => city.movements[m]);
      const movement = ways.find((way) => way?.turn === 'straight') ?? ways[0];
      return movement === undefined ? [] : [{ ...row, group: groupOf(city, movement) }];
    });
  });
}

function groupOf(city: City, { fromLane, turn }: Movement): string {
  const heading = headingOf(city, city.lanes[fromLane]?.road ?? -1);
  return `${heading}${turn === 'straight' ? 'T' : turn === 'right' ? 'R' : 'L'}`;
}
