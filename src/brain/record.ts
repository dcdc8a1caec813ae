import { type Static, Type } from 'typebox';
import { MODES } from './modes.ts';

const ModeName = Type.Enum([...MODES]);

/**
 * One line of the decision record. Closed: what was seen is counts per stage; there is no place for a vehicle, a plate, a
 * device or a person. `by` names a controller or an office.
 */
export const DecisionRecordSchema = Type.Object(
  {
    kind: Type.Literal('decision'),
    timeMs: Type.Integer(),
    cityVersion: Type.String(),
    signal: Type.String(),
    by: Type.String(),
    mode: ModeName,
    sensors: Type.Union([Type.Literal('camera'), Type.Literal('loops')]),
    /** What was seen for each stage: vehicles on the lanes it serves (camera) or occupied loops on them (loops). */
    seen: Type.Array(Type.Object({ stage: Type.Integer(), count: Type.Integer() }, { additionalProperties: false })),
    alternatives: Type.Array(
      Type.Object({ stage: Type.Integer(), score: Type.Number() }, { additionalProperties: false }),
    ),
    choice: Type.Integer(),
    /** Of a controller that predicts, by road ids: vehicles at the stop line or expected there, and their delay (vehicle-s). */
    movements: Type.Optional(
      Type.Array(
        Type.Object(
          {
            from: Type.String(),
            to: Type.String(),
            vehicles: Type.Number(),
            delayS: Type.Number(),
          },
          { additionalProperties: false },
        ),
      ),
    ),
    why: Type.String(),
    /** The guard's answer; `not-sent` where the mode keeps the choice from it. */
    answer: Type.Object(
      {
        result: Type.Union([
          Type.Literal('accepted'),
          Type.Literal('already-there'),
          Type.Literal('delayed'),
          Type.Literal('refused'),
          Type.Literal('not-sent'),
        ]),
        rule: Type.Union([Type.String(), Type.Null()]),
        sentence: Type.String(),
      },
      { additionalProperties: false },
    ),
  },
  { additionalProperties: false },
);

/** Something the guard did of its own accord: a forced stage, a hand-back, authority given up. */
export const InterventionRecordSchema = Type.Object(
  {
    kind: Type.Literal('intervention'),
    timeMs: Type.Integer(),
    cityVersion: Type.String(),
    signal: Type.String(),
    rule: Type.String(),
    sentence: Type.String(),
  },
  { additionalProperties: false },
);

/** A junction that climbed or fell; `by` names the office that asked for it, null where it fell by itself. */
export const ModeRecordSchema = Type.Object(
  {
    kind: Type.Literal('mode'),
    timeMs: Type.Integer(),
    cityVersion: Type.String(),
    signal: Type.String(),
    from: ModeName,
    to: ModeName,
    by: Type.Union([Type.String(), Type.Null()]),
    why: Type.String(),
  },
  { additionalProperties: false },
);

export const RecordLineSchema = Type.Union([DecisionRecordSchema, InterventionRecordSchema, ModeRecordSchema]);

export type DecisionRecord = Static<typeof DecisionRecordSchema>;
export type InterventionRecord = Static<typeof InterventionRecordSchema>;
export type ModeRecord = Static<typeof ModeRecordSchema>;
export type RecordLine = Static<typeof RecordLineSchema>;
