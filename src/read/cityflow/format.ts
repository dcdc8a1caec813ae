import Type, { type Static } from 'typebox';
import { createJsonCheck } from '../json.ts';

/** CityFlow's roadnet and flow files (docs: Roadnet File Format, Flow File Format), as far as they are read and written. */
const Point = Type.Object({ x: Type.Number(), y: Type.Number() });
const Id = Type.String({ minLength: 1 });
const Index = Type.Integer({ minimum: 0, maximum: 100 });
const Amount = Type.Number({ minimum: 0, maximum: 1e6 });
const More = Type.Number({ exclusiveMinimum: 0, maximum: 1e6 });

const RoadnetSchema = Type.Object({
  intersections: Type.Array(
    Type.Object({
      id: Id,
      point: Point,
      width: Amount,
      roads: Type.Array(Id),
      roadLinks: Type.Array(
        Type.Object({
          type: Type.Enum(['go_straight', 'turn_left', 'turn_right', 'turn_u']),
          startRoad: Id,
          endRoad: Id,
          direction: Type.Optional(Type.Number()),
          laneLinks: Type.Array(
            Type.Object({
              /** Lanes are counted from the middle of the street. */
              startLaneIndex: Index,
              endLaneIndex: Index,
              points: Type.Optional(Type.Array(Point)),
            }),
          ),
        }),
      ),
      trafficLight: Type.Optional(
        Type.Object({
          roadLinkIndices: Type.Optional(Type.Array(Type.Integer({ minimum: 0 }))),
          lightphases: Type.Array(
            Type.Object({ time: Amount, availableRoadLinks: Type.Array(Type.Integer({ minimum: 0 })) }),
          ),
        }),
      ),
      virtual: Type.Boolean(),
    }),
  ),
  roads: Type.Array(
    Type.Object({
      id: Id,
      points: Type.Array(Point, { minItems: 2 }),
      lanes: Type.Array(Type.Object({ width: More, maxSpeed: More }), { minItems: 1, maxItems: 100 }),
      startIntersection: Id,
      endIntersection: Id,
    }),
    { minItems: 1 },
  ),
});
export type Roadnet = Static<typeof RoadnetSchema>;
export const checkRoadnet = createJsonCheck(RoadnetSchema, 'roadnet of CityFlow');

const FlowSchema = Type.Array(
  Type.Object({
    vehicle: Type.Object({
      length: More,
      width: More,
      maxPosAcc: More,
      maxNegAcc: More,
      usualPosAcc: More,
      usualNegAcc: More,
      minGap: Amount,
      maxSpeed: More,
      headwayTime: Amount,
    }),
    route: Type.Array(Id, { minItems: 1 }),
    interval: More,
    startTime: Amount,
    /** The last moment a vehicle may start; -1 for never ending. */
    endTime: Type.Number({ minimum: -1, maximum: 1e6 }),
  }),
);
export type FlowFile = Static<typeof FlowSchema>;
export const checkFlow = createJsonCheck(FlowSchema, 'flow of CityFlow');

const ConfigSchema = Type.Object({
  dir: Type.Optional(Type.String()),
  roadnetFile: Id,
  flowFile: Id,
});
export type CityFlowConfig = Static<typeof ConfigSchema>;
export const checkConfig = createJsonCheck(ConfigSchema, 'configuration of CityFlow');
