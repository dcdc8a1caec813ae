import { HEADINGS, type Heading, LINKS } from './shape.ts';

/** Who has green: both headings of an axis straight on and right, or left, or all with the left turns giving way. */
export type StageKind = 'through' | 'left' | 'permissive';

export interface Stage {
  readonly axis: 'east-west' | 'north-south';
  readonly kind: StageKind;
  /** Its last three seconds are yellow. */
  readonly lastsS: number;
}

/** One fixed-time plan for all junctions of a grid. */
export interface GridPlan {
  readonly name: string;
  readonly stages: readonly Stage[];
  offsetS(column: number, row: number): number;
}

export const YELLOW_S = 3;
/** Vehicles per hour of green and lane, and the start-up loss: only for stating v/c, not for the engines. */
const SATURATION_PER_H = 1700;
const LOST_S = 3;
const THROUGH_LANES = 2;

function fourStages(eastWestS: number, leftS: number, northSouthS: number): readonly Stage[] {
  return [
    { axis: 'east-west', kind: 'through', lastsS: eastWestS },
    { axis: 'east-west', kind: 'left', lastsS: leftS },
    { axis: 'north-south', kind: 'through', lastsS: northSouthS },
    { axis: 'north-south', kind: 'left', lastsS: leftS },
  ];
}

const none = () => 0;

/** The plan of the speed rows: four stages 35/5/15/5. */
export const SPEED_PLAN: GridPlan = { name: '35/5/15/5', stages: fourStages(35, 5, 15), offsetS: none };

/** The plan whose busiest lane group defines the demand levels. */
export const REFERENCE_PLAN: GridPlan = { name: 'even 24/8/24/8', stages: fourStages(24, 8, 24), offsetS: none };

/** Plans that differ in splits, cycle, offsets and protection of left turns. */
export const PLANS: readonly GridPlan[] = [
  REFERENCE_PLAN,
  SPEED_PLAN,
  { name: 'long 52/12/52/12', stages: fourStages(52, 12, 52), offsetS: none },
  { name: 'short 14/6/14/6', stages: fourStages(14, 6, 14), offsetS: none },
  {
    name: 'permissive 32/32',
    stages: [
      { axis: 'east-west', kind: 'permissive', lastsS: 32 },
      { axis: 'north-south', kind: 'permissive', lastsS: 32 },
    ],
    offsetS: none,
  },
  { name: 'wave to the east', stages: fourStages(24, 8, 24), offsetS: (column) => (column * 22) % 64 },
  { name: 'chequered', stages: fourStages(24, 8, 24), offsetS: (column, row) => ((column + row) % 2) * 32 },
  { name: 'lopsided 34/8/14/8', stages: fourStages(34, 8, 14), offsetS: none },
];

export function cycleOf(plan: GridPlan): number {
  return plan.stages.reduce((sum, { lastsS }) => sum + lastsS, 0);
}

function isOnAxis(heading: Heading, axis: Stage['axis']): boolean {
  return (heading % 2 === 0) === (axis === 'east-west');
}

/** Place of a link in the state string: approaches by heading, four links each. */
export function linkIndex(heading: Heading, link: number): number {
  return heading * LINKS.length + link;
}

/** Lamp letters of a stage while green, in the order of `linkIndex`. */
export function greenState(stage: Stage): string {
  return HEADINGS.flatMap((heading) =>
    LINKS.map(({ turn }) => {
      if (!isOnAxis(heading, stage.axis)) return 'r';
      if (stage.kind === 'permissive') return turn === 'left' ? 'g' : 'G';
      return (turn === 'left') === (stage.kind === 'left') ? 'G' : 'r';
    }),
  ).join('');
}

export function yellowState(stage: Stage): string {
  return greenState(stage).replace(/g/gi, 'y');
}

/**
 * Vehicles per hour that an approach's straight and right lanes, or its left lane, can discharge under a plan, when
 * `opposingPerH` vehicles come straight on from ahead.
 */
export function capacityPerH(
  plan: GridPlan,
  heading: Heading,
  group: 'through' | 'left',
  opposingPerH: number,
): number {
  const cycleS = cycleOf(plan);
  const perCycle = plan.stages
    .filter(({ axis }) => isOnAxis(heading, axis))
    .map(({ kind, lastsS }) => {
      const greenS = lastsS - LOST_S;
      if (kind === 'permissive' && group === 'left') return permissivePerCycle(greenS, cycleS, opposingPerH / 3600);
      if (kind !== group && kind !== 'permissive') return 0;
      return (greenS * SATURATION_PER_H * (group === 'through' ? THROUGH_LANES : 1)) / 3600;
    });
  return (perCycle.reduce((sum, count) => sum + count, 0) * 3600) / cycleS;
}

/**
 * Left turns through gaps after the opposing queue has gone, and one that waited inside the junction (Highway Capacity
 * Manual 2000, chapter 16, appendix C: critical gap 4.5 s, follow-up 2.5 s).
 */
function permissivePerCycle(greenS: number, cycleS: number, opposingPerS: number): number {
  const discharge = (THROUGH_LANES * SATURATION_PER_H) / 3600;
  if (opposingPerS >= discharge) return 1;
  const queueS = (opposingPerS * (cycleS - greenS)) / (discharge - opposingPerS);
  const gapsPerS =
    opposingPerS === 0 ? 1 / 2.5 : (opposingPerS * Math.exp(-4.5 * opposingPerS)) / (1 - Math.exp(-2.5 * opposingPerS));
  return 1 + Math.max(0, greenS - queueS) * gapsPerS;
}
