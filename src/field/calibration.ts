import Type from 'typebox';
import { applyCalibration, type Calibration } from '../demand/calibration.ts';
import { createOwnFileReader } from './files.ts';
import type { LoadedScenario } from './load.ts';

const closed = { additionalProperties: false };
const Factor = Type.Number({ minimum: 0.2, maximum: 5 });
const Delay = Type.Number({ minimum: 0, maximum: 10 });
const Score = Type.Number({ minimum: 0 });

/** What `urbane calibrate --out` writes (docs/operator/calibrate.md). */
export const CalibrationFile = Type.Object(
  {
    format: Type.Literal('urbane-calibration'),
    version: Type.Literal(1),
    /** Ids of the vehicle types it is for; null for all. */
    types: Type.Union([Type.Array(Type.String()), Type.Null()]),
    change: Type.Object(
      { tau: Factor, accel: Factor, speedFactor: Factor, minGap: Factor, startupDelayS: Delay },
      closed,
    ),
    /** Where it comes from, and its score on the cases left out before and after. */
    from: Type.Object(
      {
        scenario: Type.String(),
        reference: Type.String(),
        seeds: Type.Integer({ minimum: 1 }),
        before: Score,
        after: Score,
        naive: Score,
      },
      closed,
    ),
  },
  closed,
);
export type CalibrationFile = Type.Static<typeof CalibrationFile>;

const readOwn = createOwnFileReader(CalibrationFile, {
  format: 'urbane-calibration',
  what: 'calibration',
  command: 'urbane calibrate',
});

/** Reads a calibration file. Throws UrbaneError where it is none, is damaged or of a later version. */
export async function readCalibration(path: string): Promise<Calibration> {
  const { change, types } = await readOwn(path);
  return { change, types };
}

/** The scenario driven with a calibration; what it names and the scenario has not becomes a warning. */
export function calibrateLoaded(loaded: LoadedScenario, calibration: Calibration | null): LoadedScenario {
  if (calibration === null) return loaded;
  const { scenario, report } = loaded;
  const known = new Set(scenario.demand.types.map(({ id }) => id));
  const strange = (calibration.types ?? []).filter((id) => !known.has(id));
  const warnings = strange.map((id) => `the calibration is for vehicle type "${id}", which ${scenario.name} has not`);
  return {
    ...loaded,
    scenario: applyCalibration(scenario, calibration),
    report: { ...report, warnings: [...report.warnings, ...warnings] },
  };
}
