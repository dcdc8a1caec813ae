import { readFile } from 'node:fs/promises';
import Type from 'typebox';
import { Compile } from 'typebox/compile';
import { applyCalibration, type Calibration } from '../demand/calibration.ts';
import { UrbaneError } from '../units/errors.ts';
import { getKind } from './files.ts';
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

const check = Compile(CalibrationFile);

/** Reads a calibration file. Throws UrbaneError where it is none, is damaged or of a later version. */
export async function readCalibration(path: string): Promise<Calibration> {
  if ((await getKind(path)) === 'folder') throw new UrbaneError('missing-file', `${path} is a folder, not a file.`);
  const value = parse(await readFile(path, 'utf8'));
  if (typeof value !== 'object' || value === null || !('format' in value) || value.format !== 'urbane-calibration') {
    throw new UrbaneError(
      'bad-input',
      `${path} is not a calibration.`,
      'Name a file that `urbane calibrate --out` wrote.',
    );
  }
  if ('version' in value && typeof value.version === 'number' && value.version > 1) {
    throw new UrbaneError(
      'bad-input',
      `${path} is a calibration of version ${value.version}; this Urbane reads version 1.`,
      'Update Urbane, or calibrate again.',
    );
  }
  if (!check.Check(value)) {
    const [first] = check.Errors(value);
    const why = first?.message === 'schema is false' ? 'is not known' : (first?.message ?? 'is not as it should be');
    throw new UrbaneError(
      'bad-input',
      `${path}: ${first?.instancePath || 'the document'} ${why}.`,
      'Calibrate again, or correct the named value.',
    );
  }
  return { change: value.change, types: value.types };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
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
