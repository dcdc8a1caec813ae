/** A row of the signals bench: where it lies in the data, and what it is held against. Delays in seconds. */
export interface SignalScenario {
  /** Beneath the scenarios of the data, or from the root. */
  readonly path: string;
  /** Where the path does not tell. */
  readonly name?: string;
  /** Trips left out. */
  readonly exclude?: readonly string[];
  /** Median of the seeds under our rules: cameras, decisions every second. Goals of issue 4. */
  readonly goal?: number;
  /** Best published figure, learned or a rule, under the papers' rules (BENCHMARKS.md section 1, issue 4). */
  readonly published?: number;
  /** Measured before this bench, at the papers' step with cameras: one seed, three where the notes give ±. */
  readonly expected?: Readonly<Record<string, number>>;
  /** Demand beyond what any control can carry: waits are not judged. */
  readonly isOversaturated?: boolean;
  /** One of its trips can lock it under any control (a U-turn on 10.8 m): locked runs and the worst seed are not judged. */
  readonly isLockProne?: boolean;
  /** A run takes most of a minute: in a quick bench only where it is kept. */
  readonly isSlow?: boolean;
}

const U_TURN = '198727_436_0';

/** Short ones first. */
export const SCENARIOS: readonly SignalScenario[] = [
  {
    path: 'cologne1',
    goal: 21.5,
    published: 27.2,
    expected: { fixed: 58.3, actuated: 83.1, 'max-pressure-halted': 32.9, 'max-pressure': 30.1 },
  },
  {
    path: 'ingolstadt1',
    goal: 19,
    published: 22.2,
    expected: { fixed: 40.7, actuated: 29.5, 'max-pressure-halted': 23.1, 'max-pressure': 27.0 },
  },
  {
    path: 'cologne3',
    goal: 18,
    published: 22.0,
    expected: { fixed: 41.7, actuated: 150.3, 'max-pressure-halted': 24.7, 'max-pressure': 28.9 },
    isLockProne: true,
  },
  { path: 'cologne3', exclude: [U_TURN] },
  {
    path: 'ingolstadt7',
    goal: 23.5,
    published: 31.9,
    expected: { fixed: 88.4, actuated: 40.9, 'max-pressure-halted': 37.3, 'max-pressure': 34.5 },
  },
  {
    path: 'grid4x4',
    goal: 18,
    published: 34.0,
    expected: { fixed: 93.8, actuated: 71.3, 'max-pressure-halted': 53.2, 'max-pressure': 42.5 },
  },
  { path: 'hangzhou_1x1_bc-tyc', goal: 27.5 },
  { path: 'hangzhou_1x1_kn-hz', goal: 11.3 },
  { path: 'hangzhou_1x1_qc-yn', goal: 18 },
  { path: 'hangzhou_1x1_sb-sx', goal: 23.5 },
  {
    path: 'arterial4x4',
    goal: 550,
    published: 711,
    expected: { fixed: 1475.6, actuated: 813.2, 'max-pressure-halted': 811.6, 'max-pressure': 781.0 },
    isOversaturated: true,
  },
  {
    path: 'hangzhou_4x4',
    goal: 29.5,
    expected: { fixed: 315.4, actuated: 78.0, 'max-pressure-halted': 54.5 },
    isSlow: true,
  },
  {
    path: 'jinan_3x4/jinan_2.sumocfg',
    goal: 42,
    expected: { fixed: 254.9, 'max-pressure-halted': 96.8 },
    isSlow: true,
  },
  {
    path: 'jinan_3x4/jinan_3.sumocfg',
    goal: 47,
    expected: { fixed: 319.2, 'max-pressure-halted': 149.4 },
    isSlow: true,
  },
  { path: 'jinan_3x4/jinan_1.sumocfg', goal: 63, expected: { 'max-pressure-halted': 209.3 }, isSlow: true },
];

/** Short name of a row. */
export function nameOf({ path, name: given, exclude }: SignalScenario): string {
  if (given !== undefined) return given;
  const name = path.replace(/\.sumocfg$/, '').replace(/^.*\//, '');
  return exclude === undefined ? name : `${name} without ${exclude.join(', ')}`;
}

/** A controller with what it sees and how often it decides. */
export interface Arm {
  readonly controller: string;
  readonly sensors: 'camera' | 'loops';
  /** Our rules decide every second, the papers' every 10 s (arterial4x4: 5 s). */
  readonly step: 1 | 'papers';
  /** Broken sensors, as `--degrade` says it; null for healthy ones. */
  readonly degrade: string | null;
}

/** One run of the table. */
export interface Cell {
  readonly scenario: SignalScenario;
  readonly arm: Arm;
  readonly seed: number;
}

/** A fifth of the sensors broken, each time in one of five ways. */
export const FAULTS = ['dead=0.2', 'stuck-on=0.2', 'stuck-off=0.2', 'noisy=0.2@0.2', 'late=5@0.2'] as const;

const LEVELS = ['camera', 'loops'] as const;
const STEPS = [1, 'papers'] as const;
const STEPPED = ['max-pressure-halted', 'max-pressure', 'predictive'] as const;

/** Everything on healthy sensors: fixed sees nothing, actuated decides every second whatever the step. */
const HEALTHY: readonly Arm[] = [
  { controller: 'fixed', sensors: 'camera', step: 1, degrade: null },
  ...LEVELS.map((sensors): Arm => ({ controller: 'actuated', sensors, step: 1, degrade: null })),
  ...LEVELS.flatMap((sensors) =>
    STEPS.flatMap((step) => STEPPED.map((controller): Arm => ({ controller, sensors, step, degrade: null }))),
  ),
];
const BROKEN: readonly Arm[] = LEVELS.flatMap((sensors) =>
  FAULTS.map((degrade): Arm => ({ controller: 'predictive', sensors, step: 1, degrade })),
);

interface Form {
  /** Seeds from 1 on healthy sensors, and on broken ones. */
  readonly seeds: number;
  readonly brokenSeeds: number;
  isHealthyArm(arm: Arm): boolean;
  isBrokenRow(scenario: SignalScenario, arm: Arm): boolean;
}

const FORMS: Readonly<Record<'quick' | 'full', Form>> = {
  quick: {
    seeds: 2,
    brokenSeeds: 1,
    isHealthyArm: ({ controller, sensors, step }) =>
      sensors === 'loops' ? controller === 'predictive' && step === 1 : controller !== 'max-pressure-halted',
    isBrokenRow: ({ path }, { sensors }) => sensors === 'camera' && /^(cologne1|ingolstadt7)$/.test(path),
  },
  full: {
    seeds: 5,
    brokenSeeds: 3,
    isHealthyArm: () => true,
    isBrokenRow: ({ isSlow }) => isSlow !== true,
  },
};

/** The runs of a form of the bench; `seeds` replaces its own number. */
export function listCells(form: 'quick' | 'full', scenarios: readonly SignalScenario[], seeds: number | null): Cell[] {
  const { isHealthyArm, isBrokenRow, ...own } = FORMS[form];
  const upTo = (count: number) => Array.from({ length: seeds ?? count }, (_, i) => i + 1);
  return scenarios.flatMap((scenario) => [
    ...HEALTHY.filter(isHealthyArm).flatMap((arm) => upTo(own.seeds).map((seed) => ({ scenario, arm, seed }))),
    ...BROKEN.filter((arm) => scenario.exclude === undefined && isBrokenRow(scenario, arm)).flatMap((arm) =>
      upTo(own.brokenSeeds).map((seed) => ({ scenario, arm, seed })),
    ),
  ]);
}

export function describeArm({ controller, sensors, step, degrade }: Arm): string {
  if (controller === 'fixed') return controller;
  const pace = controller === 'actuated' ? '' : step === 1 ? ', every second' : ", papers' step";
  return `${controller}, ${sensors}${pace}${degrade === null ? '' : `, ${degrade}`}`;
}
