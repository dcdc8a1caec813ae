/**
 * Writes fixtures/quarter: six signals with crossings, a side street with unsignalised ones, two bus lines, cars, trucks,
 * bicycles and people on foot. Everything in it is made up. Run with Node 24 and SUMO's netconvert 1.15:
 * `node scripts/make-quarter.ts [FOLDER]`.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = process.argv[2] ?? fileURLToPath(new URL('../fixtures/quarter/', import.meta.url));
const WINDOW_S = 1800;

interface Node {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly type: 'traffic_light' | 'priority';
}

interface Street {
  readonly nodes: readonly string[];
  readonly lanes: number;
  readonly priority: number;
  readonly speedMps: number;
}

const COLUMNS = [0, 220, 440] as const;
const ROWS = { a: 180, b: 0 } as const;

function node(id: string, x: number, y: number, type: Node['type'] = 'priority'): Node {
  return { id, x, y, type };
}

const NODES: readonly Node[] = [
  ...COLUMNS.flatMap((x, c) => [
    node(`a${c}`, x, ROWS.a, 'traffic_light'),
    node(`b${c}`, x, ROWS.b, 'traffic_light'),
    node(`n${c}`, x, 340),
    node(`s${c}`, x, -160),
  ]),
  node('wa', -160, ROWS.a),
  node('wb', -160, ROWS.b),
  node('ea', 600, ROWS.a),
  node('eb', 600, ROWS.b),
  node('m', 330, ROWS.b),
  node('ms', 330, -140),
];

const STREETS: readonly Street[] = [
  { nodes: ['wa', 'a0', 'a1', 'a2', 'ea'], lanes: 2, priority: 3, speedMps: 13.89 },
  { nodes: ['wb', 'b0', 'b1', 'm', 'b2', 'eb'], lanes: 1, priority: 3, speedMps: 13.89 },
  ...COLUMNS.map((_, c) => ({ nodes: [`n${c}`, `a${c}`, `b${c}`, `s${c}`], lanes: 1, priority: 2, speedMps: 13.89 })),
  { nodes: ['m', 'ms'], lanes: 1, priority: 1, speedMps: 8.33 },
];

/** Crossings of the junction without a signal; on a zebra (priority) those who walk go first. */
const ZEBRAS = [
  { edges: 'm-b2 b2-m', priority: 'true' },
  { edges: 'm-b1 b1-m', priority: 'false' },
  { edges: 'm-ms ms-m', priority: 'false' },
] as const;

/** Walks over the crossings of that junction which nobody takes who walks straight on. */
const ACROSS_AT_M: readonly (readonly [string, string])[] = [
  ['ms-m', 'b2-m'],
  ['m-ms', 'm-b1'],
];

/** Cars an hour from one end of the quarter to another. */
const CARS: readonly (readonly [from: string, to: string, perHour: number])[] = [
  ['wa', 'ea', 360],
  ['ea', 'wa', 360],
  ['wb', 'eb', 180],
  ['eb', 'wb', 180],
  ...COLUMNS.flatMap((_, c) => [[`n${c}`, `s${c}`, 130] as const, [`s${c}`, `n${c}`, 130] as const]),
  ['wa', 's1', 60],
  ['wa', 'n2', 60],
  ['ea', 'n0', 60],
  ['ea', 's1', 50],
  ['n0', 'eb', 50],
  ['s2', 'wa', 60],
  ['n2', 'wb', 50],
  ['s0', 'ea', 60],
  ['ms', 'wa', 50],
  ['ms', 'eb', 40],
  ['eb', 'ms', 60],
  ['wb', 'ms', 40],
];
const TRUCKS: typeof CARS = [
  ['wa', 'ea', 40],
  ['eb', 'wb', 30],
  ['s1', 'n1', 20],
];
const BICYCLES: typeof CARS = [
  ['wa', 'ea', 40],
  ['ea', 'wa', 40],
];
/** People who cross, per hour and crossing; each way round the junction half of them. */
const WALKERS_PER_HOUR = 70;

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${value}"`)
    .join('');
}

function pairs(street: Street): [string, string][] {
  return street.nodes.slice(1).flatMap((to, i) => {
    const from = street.nodes[i] ?? '';
    return [
      [from, to],
      [to, from],
    ] as [string, string][];
  });
}

function writeNetwork(): void {
  const nodes = NODES.map((item) => `    <node${attributes({ ...item })}/>`);
  const edges = STREETS.flatMap((street) =>
    pairs(street).map(([from, to]) => {
      const { lanes, priority, speedMps } = street;
      const values = { id: `${from}-${to}`, from, to, numLanes: lanes, priority, speed: speedMps, sidewalkWidth: 2.5 };
      return `    <edge${attributes(values)}/>`;
    }),
  );
  const crossings = ZEBRAS.map(({ edges, priority }) => `    <crossing${attributes({ node: 'm', edges, priority })}/>`);
  mkdirSync(join(FOLDER, 'plain'), { recursive: true });
  const nodeFile = join(FOLDER, 'plain', 'quarter.nod.xml');
  const edgeFile = join(FOLDER, 'plain', 'quarter.edg.xml');
  const linkFile = join(FOLDER, 'plain', 'quarter.con.xml');
  const netFile = join(FOLDER, 'quarter.net.xml');
  writeFileSync(nodeFile, `<nodes>\n${nodes.join('\n')}\n</nodes>\n`);
  writeFileSync(edgeFile, `<edges>\n${edges.join('\n')}\n</edges>\n`);
  writeFileSync(linkFile, `<connections>\n${crossings.join('\n')}\n</connections>\n`);
  execFileSync('netconvert', [
    ...['--node-files', nodeFile, '--edge-files', edgeFile, '--connection-files', linkFile, '--output-file', netFile],
    ...['--crossings.guess', '--no-turnarounds.except-deadend', '--no-turnarounds'],
    ...['--tls.cycle.time', '80', '--tls.left-green.time', '6', '--offset.disable-normalization'],
  ]);
  const net = readFileSync(netFile, 'utf8');
  writeFileSync(netFile, net.replace(/<!--[\s\S]*?-->\s*/g, ''));
}

/** The shortest way between two nodes, as edges. */
function route(from: string, to: string): string {
  const place = new Map(NODES.map((item) => [item.id, item]));
  const next = new Map<string, string[]>();
  for (const street of STREETS) for (const [a, b] of pairs(street)) next.set(a, [...(next.get(a) ?? []), b]);
  const best = new Map<string, { cost: number; way: string[] }>([[from, { cost: 0, way: [from] }]]);
  const open = [from];
  for (let id = open.shift(); id !== undefined; id = open.shift()) {
    const known = best.get(id);
    for (const other of next.get(id) ?? []) {
      const [a, b] = [place.get(id), place.get(other)];
      if (known === undefined || a === undefined || b === undefined) continue;
      const cost = known.cost + Math.abs(a.x - b.x) + Math.abs(a.y - b.y);
      if (cost >= (best.get(other)?.cost ?? Number.POSITIVE_INFINITY)) continue;
      best.set(other, { cost, way: [...known.way, other] });
      open.push(other);
    }
  }
  const way = best.get(to)?.way ?? [];
  return way
    .slice(1)
    .map((id, i) => `${way[i]}-${id}`)
    .join(' ');
}

interface Timed {
  readonly beginS: number;
  readonly text: string;
}

function flows(kind: string, list: typeof CARS): Timed[] {
  return list.map(([from, to, perHour], i) => {
    const period = (3600 / perHour).toFixed(1);
    const beginS = Math.round((i * 7.3) % (3600 / perHour));
    const values = { id: `${kind}-${from}-${to}`, type: kind, begin: beginS, end: WINDOW_S, period };
    const manner = { departLane: 'best', departSpeed: 'max' };
    const text = `    <flow${attributes({ ...values, ...manner })}><route edges="${route(from, to)}"/></flow>`;
    return { beginS, text };
  });
}

/** On every corner of every junction people walk straight on along the pavement, and others come towards them. */
function walkers(): Timed[] {
  const made: Timed[] = [];
  const step: readonly (readonly [string, string])[] = STREETS.flatMap((street) =>
    street.nodes.slice(1, -1).flatMap((_, i) => {
      const [before = '', at = '', after = ''] = street.nodes.slice(i, i + 3);
      return [
        [`${before}-${at}`, `${at}-${after}`],
        [`${after}-${at}`, `${at}-${before}`],
      ] as [string, string][];
    }),
  );
  for (const [first, second] of [...step, ...ACROSS_AT_M]) {
    for (const edges of [`${first} ${second}`, `${second} ${first}`]) {
      const beginS = Math.round((made.length * 13.7) % 90);
      const values = { id: `walk-${made.length}`, begin: beginS, end: WINDOW_S, period: 7200 / WALKERS_PER_HOUR };
      const period = { period: values.period.toFixed(1) };
      const text = `    <personFlow${attributes({ ...values, ...period })}><walk edges="${edges}"/></personFlow>`;
      made.push({ beginS, text });
    }
  }
  return made;
}

function buses(): Timed[] {
  const line = (id: string, edges: string, beginS: number, period: number, stops: readonly string[]): Timed => ({
    beginS,
    text: [
      `    <flow${attributes({ id, type: 'bus', line: id, begin: beginS, end: WINDOW_S, period, departLane: 'best', departSpeed: 'max' })}>`,
      `        <route edges="${edges}"/>`,
      ...stops.map((stop) => `        <stop ${stop}/>`),
      '    </flow>',
    ].join('\n'),
  });
  return [
    line('line-1', route('wa', 'ea'), 20, 150, ['busStop="market" duration="20"', 'busStop="library" duration="15"']),
    line('line-2', `${route('n1', 'b1')} ${route('b1', 'wb')}`, 50, 200, [
      'busStop="school" duration="15"',
      'busStop="mill" duration="25" parking="true"',
    ]),
  ];
}

function writeDemand(): void {
  const types = [
    '    <vType id="car"/>',
    '    <vType id="truck" vClass="truck"/>',
    '    <vType id="bus" vClass="bus"/>',
    '    <vType id="bicycle" vClass="bicycle"/>',
  ];
  const timed = [
    ...flows('car', CARS),
    ...flows('truck', TRUCKS),
    ...flows('bicycle', BICYCLES),
    ...walkers(),
    ...buses(),
  ].sort((a, b) => a.beginS - b.beginS);
  const demand = [...types, ...timed.map(({ text }) => text)].join('\n');
  writeFileSync(join(FOLDER, 'quarter.rou.xml'), `<routes>\n${demand}\n</routes>\n`);
  const stops = [
    { id: 'market', name: 'Market', lane: 'a0-a1_1', startPos: 90, endPos: 120 },
    { id: 'library', name: 'Library', lane: 'a1-a2_1', startPos: 90, endPos: 120 },
    { id: 'school', name: 'School', lane: 'a1-b1_1', startPos: 60, endPos: 90 },
    { id: 'mill', name: 'Mill', lane: 'b1-b0_1', startPos: 100, endPos: 130 },
  ];
  const lines = stops.map((stop) => `    <busStop${attributes(stop)}/>`);
  writeFileSync(join(FOLDER, 'quarter.add.xml'), `<additional>\n${lines.join('\n')}\n</additional>\n`);
  const config = [
    '<configuration>',
    '    <input>',
    '        <net-file value="quarter.net.xml"/>',
    '        <route-files value="quarter.rou.xml"/>',
    '        <additional-files value="quarter.add.xml"/>',
    '    </input>',
    '    <time>',
    '        <begin value="0"/>',
    `        <end value="${WINDOW_S}"/>`,
    '    </time>',
    '</configuration>',
  ];
  writeFileSync(join(FOLDER, 'quarter.sumocfg'), `${config.join('\n')}\n`);
}

writeNetwork();
writeDemand();
