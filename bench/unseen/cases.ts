import { formatMotorway, formatRoundabouts, type PlainXml } from './plain.ts';

/** A network that nothing was tuned on: arguments of netgenerate, plain XML for netconvert, or a map of streets and how netconvert reads it. */
export interface UnseenCase {
  readonly name: string;
  readonly source:
    | { readonly args: readonly string[] }
    | { readonly plain: PlainXml }
    | { readonly map: string; readonly options: readonly string[] };
  /** Expected demand over capacity of the busiest lane. */
  readonly level: number;
  /** Net has signals that follow the traffic. */
  readonly isActuated?: boolean;
}

const words = (text: string) => ({ args: text.split(' ') });
const GRID = '--grid --grid.number 4 --grid.length 180 --grid.attach-length 180 --no-turnarounds.tls';
const SPIDER = '--spider --spider.arm-number 6 --spider.circle-number 2 --spider.space-radius 160 --spider.omit-center';
const RANDOM = '--rand --rand.iterations 50 --rand.min-distance 120 --rand.max-distance 260';

export const UNSEEN: readonly UnseenCase[] = [
  { name: 'grid, signals, 1-3 lanes', source: words(`${GRID} -j traffic_light -L 3 --random-lanenumber`), level: 0.6 },
  {
    name: 'grid, signals, turn lanes',
    source: words(`${GRID} -j traffic_light -L 2 --turn-lanes 1 --turn-lanes.length 60`),
    level: 0.7,
  },
  {
    name: 'grid, signals by approach',
    source: words(`${GRID} -j traffic_light -L 2 --tls.layout incoming --tls.allred.time 2`),
    level: 0.6,
  },
  {
    name: 'grid, actuated signals',
    source: words(`${GRID} -j traffic_light -L 2 --tls.default-type actuated`),
    level: 0.6,
    isActuated: true,
  },
  { name: 'grid, priority, 1-2 lanes', source: words(`${GRID} -j priority -L 2 --random-lanenumber`), level: 0.5 },
  {
    name: 'grid, priority, 80 km/h',
    source: words(`${GRID} -j priority -L 2 -S 22.22`),
    level: 0.4,
  },
  {
    name: 'grid, priority, no inner lanes',
    source: words(`${GRID} -j priority -L 2 --no-internal-links`),
    level: 0.5,
  },
  { name: 'grid, priority stop', source: words(`${GRID} -j priority_stop -L 1`), level: 0.4 },
  { name: 'grid, right before left', source: words(`${GRID} -j right_before_left -L 1 -S 8.33`), level: 0.6 },
  { name: 'grid, all-way stop', source: words(`${GRID} -j allway_stop -L 1`), level: 0.6 },
  { name: 'spider, signals', source: words(`${SPIDER} -j traffic_light -L 2`), level: 0.6 },
  { name: 'spider, priority', source: words(`${SPIDER} -j priority -L 1`), level: 0.5 },
  {
    name: 'random, signals, 1-2 lanes',
    source: words(`${RANDOM} -j traffic_light -L 2 --random-lanenumber`),
    level: 0.6,
  },
  { name: 'random, mixed junctions', source: words(`${RANDOM} -L 2 --random-lanenumber --tls.guess`), level: 0.6 },
  {
    name: 'random, priority, 1-3 lanes',
    source: words(`${RANDOM} -j priority -L 3 --random-lanenumber`),
    level: 0.5,
  },
  { name: 'random, right before left', source: words(`${RANDOM} -j right_before_left -L 1`), level: 0.5 },
  {
    name: 'spider, stop signs, 1-2 lanes',
    source: words(
      '--spider --spider.arm-number 5 --spider.circle-number 3 --spider.space-radius 120 --spider.omit-center -j priority_stop -L 2 --random-lanenumber',
    ),
    level: 0.4,
  },
  { name: 'roundabouts, one lane', source: { plain: formatRoundabouts(1) }, level: 0.6 },
  { name: 'roundabouts, two lanes', source: { plain: formatRoundabouts(2) }, level: 0.6 },
  { name: 'motorway, ramps, weaving', source: { plain: formatMotorway() }, level: 0.7 },
];
