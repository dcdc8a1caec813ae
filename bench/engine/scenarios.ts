/** Real scenarios, by their path in the data, with their own programs. */
export interface RealScenario {
  readonly path: string;
  /** Demand beyond capacity, or known to lock under any control: only arrivals are judged. */
  readonly isSaturated?: boolean;
  /** SUMO needs a minute or more: in a quick run only where its runs are kept. */
  readonly isSlow?: boolean;
}

export const SCENARIOS: readonly RealScenario[] = [
  { path: 'cologne1' },
  { path: 'cologne3', isSaturated: true },
  { path: 'ingolstadt1' },
  { path: 'ingolstadt7' },
  { path: 'grid4x4' },
  { path: 'hangzhou_1x1_bc-tyc' },
  { path: 'hangzhou_1x1_kn-hz' },
  { path: 'hangzhou_1x1_qc-yn' },
  { path: 'hangzhou_1x1_sb-sx' },
  { path: 'hangzhou_4x4' },
  { path: 'jinan_3x4/jinan_1.sumocfg' },
  { path: 'jinan_3x4/jinan_2.sumocfg', isSlow: true },
  { path: 'jinan_3x4/jinan_3.sumocfg', isSlow: true },
  { path: 'hangzhou_4x4_cf/hangzhou_1.sumocfg', isSlow: true },
  { path: 'rongwu/rongwu_II_III.sumocfg', isSaturated: true, isSlow: true },
  { path: 'rongwu/rongwu_I_V.sumocfg', isSaturated: true },
  { path: 'arterial4x4', isSaturated: true },
];

/** Where controllers are ranked in both engines. */
export const RANKED: Readonly<Record<'quick' | 'full', readonly string[]>> = {
  quick: ['cologne1', 'ingolstadt1'],
  full: ['cologne1', 'cologne3', 'ingolstadt1', 'ingolstadt7', 'grid4x4', 'hangzhou_4x4'],
};
