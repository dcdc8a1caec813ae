/** Network in netconvert's plain XML. */
export interface PlainXml {
  readonly nodes: string;
  readonly edges: string;
}

interface Place {
  readonly id: string;
  readonly x: number;
  readonly y: number;
}

const RING_RADIUS_M = 24;
const ARM_M = 160;
const RINGS = 3;

/** Three roundabouts in a row with four arms each, two of them shared; rings and arms with `lanes` lanes. */
export function formatRoundabouts(lanes: number): PlainXml {
  const places: Place[] = [];
  const edges: string[] = [];
  const join = (from: string, to: string, { speed, priority }: { speed: number; priority: number }) =>
    edges.push(
      `<edge id="${from}-${to}" from="${from}" to="${to}" numLanes="${lanes}" speed="${speed}" priority="${priority}"/>`,
    );
  const [ring, arm] = [
    { speed: 8.33, priority: 5 },
    { speed: 13.89, priority: 3 },
  ];
  const bothWays = (a: string, b: string) => {
    join(a, b, arm);
    join(b, a, arm);
  };
  const compass = [
    ['e', 1, 0],
    ['n', 0, 1],
    ['w', -1, 0],
    ['s', 0, -1],
  ] as const;
  for (let k = 0; k < RINGS; k++) {
    const x = k * 2 * (RING_RADIUS_M + ARM_M);
    for (const [at, dx, dy] of compass) {
      places.push({ id: `${at}${k}`, x: x + dx * RING_RADIUS_M, y: dy * RING_RADIUS_M });
      if (dy === 0 && ((at === 'w' && k > 0) || (at === 'e' && k < RINGS - 1))) continue;
      const out = RING_RADIUS_M + ARM_M;
      places.push({ id: `${at}${k}x`, x: x + dx * out, y: dy * out });
      bothWays(`${at}${k}`, `${at}${k}x`);
    }
    compass.forEach(([at], i) => {
      join(`${at}${k}`, `${compass[(i + 1) % compass.length]?.[0]}${k}`, ring);
    });
    if (k > 0) bothWays(`e${k - 1}`, `w${k}`);
  }
  return { nodes: formatPlaces(places), edges: edges.join('\n') };
}

const MOTORWAY_MPS = 27.78;
const RAMP_MPS = 16.67;

/**
 * A motorway with two lanes: an on-ramp with a 250 m acceleration lane, 500 m on a weaving stretch of 400 m with an
 * auxiliary lane between an on-ramp and an off-ramp, then a drop from three lanes to two.
 */
export function formatMotorway(): PlainXml {
  const along = [
    { id: 'm0', x: 0 },
    { id: 'm1', x: 800 },
    { id: 'm2', x: 1050 },
    { id: 'm3', x: 1550 },
    { id: 'm4', x: 1950 },
    { id: 'm5', x: 2450 },
    { id: 'm6', x: 2850 },
    { id: 'm7', x: 3350 },
  ];
  const ramps = [
    { id: 'r1', x: 550, y: -60 },
    { id: 'r3', x: 1300, y: -60 },
    { id: 'r4', x: 2200, y: -60 },
    { id: 'r5', x: 2200, y: -140 },
  ];
  const main = (from: number, lanes: number) =>
    `<edge id="m${from}-m${from + 1}" from="m${from}" to="m${from + 1}" numLanes="${lanes}" speed="${MOTORWAY_MPS}" priority="9"/>`;
  const ramp = (from: string, to: string) =>
    `<edge id="${from}-${to}" from="${from}" to="${to}" numLanes="1" speed="${RAMP_MPS}" priority="3"/>`;
  const mains = [2, 3, 2, 3, 2, 3, 2].map((lanes, from) => main(from, lanes));
  const edges = [...mains, ramp('r1', 'm1'), ramp('r3', 'm3'), ramp('m4', 'r4'), ramp('r5', 'm5')];
  return { nodes: formatPlaces([...along.map((place) => ({ ...place, y: 0 })), ...ramps]), edges: edges.join('\n') };
}

function formatPlaces(places: readonly Place[]): string {
  return places.map(({ id, x, y }) => `<node id="${id}" x="${x}" y="${y}" type="priority"/>`).join('\n');
}
