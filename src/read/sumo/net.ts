import type { Phase } from '../../city/city.ts';
import type { UrbaneError } from '../../units/errors.ts';
import type { ReportBuilder } from '../report.ts';
import type { ByteSource } from '../source.ts';
import { readPermissions } from './classes.ts';
import { ControlHandler, createRawControl, DETECTOR_ELEMENTS, type RawControl } from './control.ts';
import type { Element, Roots } from './xml.ts';
import { Place, readXml } from './xml.ts';

/** A `.net.xml` as it stands, before it becomes a city. Every item keeps its element for messages. */
export interface RawNet {
  location: { definition: string; offsetX: number; offsetY: number } | null;
  lefthand: boolean;
  readonly edges: Map<string, RawEdge>;
  /** Lanes inside junctions by id, and by the id of one the lane that follows it. */
  readonly innerLanes: Map<string, RawInnerLane>;
  readonly nextInner: Map<string, string>;
  /** Ways on foot inside junctions: no roads of ours, but their links are counted in the junctions' requests. */
  readonly walkingPaths: Map<string, RawWalkingPath>;
  readonly busStops: RawBusStop[];
  readonly junctions: Map<string, RawJunction>;
  /** By the inner lane that ends there: places to wait inside a junction. */
  readonly waitingPlaces: Map<string, RawWaitingPlace>;
  readonly connections: RawConnection[];
  readonly programs: RawProgram[];
  readonly zones: RawZone[];
  readonly control: RawControl;
}

export interface RawEdge {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly name: string;
  readonly priority: number;
  readonly lanes: RawLane[];
  readonly element: Place;
}

export interface RawWalkingPath {
  readonly id: string;
  readonly kind: 'crossing' | 'walkingarea';
  /** Edges a crossing leads across. */
  readonly crosses: readonly string[];
  readonly lanes: RawLane[];
  readonly element: Place;
}

export interface RawBusStop {
  readonly id: string;
  readonly name: string;
  readonly lane: string;
  readonly element: Element;
}

export interface RawLane {
  readonly id: string;
  readonly index: number;
  readonly lengthM: number;
  readonly speedMps: number;
  readonly widthM: number;
  readonly allowed: number;
  readonly shape: readonly number[];
}

export type RawInnerLane = Pick<RawLane, 'lengthM' | 'speedMps' | 'shape'>;

export interface RawJunction {
  readonly id: string;
  readonly type: string;
  readonly x: number;
  readonly y: number;
  readonly shape: readonly number[];
  readonly incomingLanes: readonly string[];
  readonly requests: RawRequest[];
  readonly element: Place;
}

/** SUMO's internal junction: whoever waits there gives way to the links of `incLanes` that go over `intLanes` (as written). */
export interface RawWaitingPlace {
  readonly incLanes: string;
  readonly intLanes: string;
}

/** Bit i of `response` and `foes`, counted from the right, is link i of the junction. */
export interface RawRequest {
  readonly index: number;
  readonly response: string;
  readonly foes: string;
}

export interface RawConnection {
  readonly from: string;
  readonly to: string;
  readonly fromLane: number;
  readonly toLane: number;
  readonly via: string | undefined;
  readonly signal: string | undefined;
  readonly link: number;
  readonly dir: string;
  readonly state: string;
  readonly file: string;
  readonly line: number;
}

/** An error about a connection. */
export function faultOf({ from, to, file, line }: RawConnection, what: string, remedy: string): UrbaneError {
  return new Place('connection', { from, to }, file, line).fault(what, remedy);
}

export interface RawProgram {
  readonly signal: string;
  readonly id: string;
  readonly type: string;
  readonly offsetS: number;
  readonly phases: Phase[];
  readonly element: Place;
  /** Why it cannot be used, when it cannot. */
  damage: string | null;
}

export interface RawZone {
  readonly id: string;
  readonly name: string;
  readonly shape: readonly number[];
  readonly edges: readonly string[];
}

/** SUMO's default lane width. */
const LANE_WIDTH_M = 3.2;
const LEAST_SPEED_MPS = 0.1;
/** Elements that only the report tells of. */
const NOT_USED = new Set(['trainStop', 'containerStop', 'chargingStation', 'parkingArea', 'prohibition']);
const LAMPS = /^[GgyYruUsoO]+$/;

export function createRawNet(): RawNet {
  return {
    location: null,
    lefthand: false,
    edges: new Map(),
    innerLanes: new Map(),
    nextInner: new Map(),
    walkingPaths: new Map(),
    busStops: [],
    junctions: new Map(),
    waitingPlaces: new Map(),
    connections: [],
    programs: [],
    zones: [],
    control: createRawControl(),
  };
}

/** Reads elements of networks and of additional files into a RawNet. */
class NetHandler {
  private readonly net: RawNet;
  private readonly report: ReportBuilder;
  private edge: RawEdge | RawWalkingPath | 'inner' | null = null;
  private junction: RawJunction | null = null;
  private program: RawProgram | null = null;

  constructor(net: RawNet, report: ReportBuilder) {
    this.net = net;
    this.report = report;
  }

  open(element: Element): void {
    switch (element.name) {
      case 'net':
        this.net.lefthand = element.findText('lefthand') === 'true' || element.findText('lefthand') === '1';
        break;
      case 'location':
        this.readLocation(element);
        break;
      case 'edge':
        this.readEdge(element);
        break;
      case 'lane':
        if (this.edge !== null) this.readLane(element, this.edge);
        break;
      case 'junction':
        this.readJunction(element);
        break;
      case 'request':
        if (this.junction !== null) this.readRequest(element, this.junction);
        break;
      case 'connection':
        this.readConnection(element);
        break;
      case 'tlLogic':
        this.readProgram(element);
        break;
      case 'phase':
        if (this.program !== null) readPhase(element, this.program);
        break;
      case 'taz':
        this.readZone(element);
        break;
      case 'busStop':
        this.net.busStops.push({
          id: element.getText('id'),
          name: element.findText('name') ?? '',
          lane: element.getText('lane'),
          element,
        });
        break;
      default:
        if (NOT_USED.has(element.name)) this.report.tally(element.name, 'not used yet', element.file, element.line);
    }
  }

  close(name: string): void {
    if (name === 'edge') this.edge = null;
    else if (name === 'junction') this.junction = null;
    else if (name === 'tlLogic') this.program = null;
  }

  private readLocation(element: Element): void {
    const [x, y] = element.findShape('netOffset') ?? [];
    this.net.location = {
      definition: element.findText('projParameter') ?? '!',
      offsetX: x ?? 0,
      offsetY: y ?? 0,
    };
  }

  private readEdge(element: Element): void {
    const id = element.getText('id');
    const edgeFunction = element.findText('function') ?? 'normal';
    if (edgeFunction === 'crossing' || edgeFunction === 'walkingarea') {
      this.edge = {
        id,
        kind: edgeFunction,
        crosses: element.listWords('crossingEdges'),
        lanes: [],
        element: element.place(),
      };
      this.net.walkingPaths.set(id, this.edge);
      return;
    }
    if (edgeFunction === 'internal') {
      this.edge = 'inner';
      return;
    }
    if (this.net.edges.has(id)) {
      throw element.fault('stands in the network twice', 'Give every edge its own id.');
    }
    this.edge = {
      id,
      from: element.getText('from'),
      to: element.getText('to'),
      name: element.findText('name') ?? '',
      priority: element.findNumber('priority') ?? -1,
      lanes: [],
      element: element.place(),
    };
    this.net.edges.set(id, this.edge);
  }

  private readLane(element: Element, edge: RawEdge | RawWalkingPath | 'inner'): void {
    const isInner = edge === 'inner' || 'kind' in edge;
    const lengthM = element.getAmount('length');
    if (lengthM === 0 && !isInner) {
      throw element.fault('has length="0"', 'Give the lane its length in metres, more than zero.');
    }
    const shape = element.findShape('shape') ?? [];
    if (shape.length < 4) {
      if (!isInner) throw element.fault('has a shape of fewer than two points', 'Give it at least two points.');
    }
    const id = element.getText('id');
    const index = element.getCount('index');
    const speedMps = this.readSpeed(element);
    if (edge === 'inner') {
      if (this.net.innerLanes.has(id))
        throw element.fault('stands in the network twice', 'Give every lane its own id.');
      this.net.innerLanes.set(id, { lengthM, speedMps, shape });
      return;
    }
    edge.lanes.push({
      id,
      index,
      lengthM,
      speedMps,
      widthM: element.findAmount('width') ?? LANE_WIDTH_M,
      allowed: readPermissions(element.findText('allow'), element.findText('disallow')),
      shape,
    });
  }

  /** A lane of speed 0 would make delays infinite. */
  private readSpeed(element: Element): number {
    const speedMps = element.getAmount('speed');
    if (speedMps >= LEAST_SPEED_MPS) return speedMps;
    this.report.warn(`lane ${element.id} has speed="${speedMps}", taken as ${LEAST_SPEED_MPS} m/s`);
    return LEAST_SPEED_MPS;
  }

  private readJunction(element: Element): void {
    const id = element.getText('id');
    const type = element.findText('type') ?? 'unregulated';
    if (type === 'internal') {
      const incLanes = element.findText('incLanes')?.trim() ?? '';
      const [waitingLane = ''] = incLanes.split(/\s/, 1);
      const intLanes = element.findText('intLanes') ?? '';
      if (waitingLane !== '') this.net.waitingPlaces.set(waitingLane, { incLanes, intLanes });
      return;
    }
    if (this.net.junctions.has(id)) {
      throw element.fault('stands in the network twice', 'Give every junction its own id.');
    }
    this.junction = {
      id,
      type,
      x: element.getNumber('x'),
      y: element.getNumber('y'),
      shape: element.findShape('shape') ?? [],
      incomingLanes: element.listWords('incLanes'),
      requests: [],
      element: element.place(),
    };
    this.net.junctions.set(id, this.junction);
  }

  private readRequest(element: Element, junction: RawJunction): void {
    const response = element.findText('response') ?? '';
    const foes = element.findText('foes') ?? '';
    if (/[^01]/.test(response) || /[^01]/.test(foes)) {
      throw element.fault(`of junction "${junction.id}" has bits other than 0 and 1`, 'Build the network again.');
    }
    junction.requests.push({ index: element.getCount('index'), response, foes });
  }

  private readConnection(element: Element): void {
    const link = element.findNumber('linkIndex') ?? -1;
    const signal = link < 0 ? undefined : element.findText('tl');
    if (!Number.isInteger(link)) throw element.fault(`linkIndex="${link}" is no link`, 'Number links 0, 1, 2, ...');
    if (link < 0 && element.findText('tl') !== undefined) {
      this.report.tally('link', 'it stands under a signal that sets no lamp for it', element.file, element.line);
    }
    const from = element.getText('from');
    const fromLane = element.getCount('fromLane');
    const via = element.findText('via');
    const lane = `${from}_${fromLane}`;
    if (this.net.innerLanes.has(lane)) {
      if (via !== undefined) this.net.nextInner.set(lane, via);
      return;
    }
    this.net.connections.push({
      from,
      to: element.getText('to'),
      fromLane,
      toLane: element.getCount('toLane'),
      via,
      signal,
      link: signal === undefined ? -1 : link,
      dir: element.findText('dir') ?? 's',
      state: element.findText('state') ?? 'M',
      file: element.file,
      line: element.line,
    });
  }

  private readProgram(element: Element): void {
    const type = element.findText('type') ?? 'static';
    if (type === 'rail_signal' || type === 'rail_crossing') {
      this.report.tally('program', 'signals set by trains are not used yet', element.file, element.line);
      return;
    }
    this.program = {
      signal: element.getText('id'),
      id: element.findText('programID') ?? '0',
      type,
      offsetS: element.findNumber('offset') ?? 0,
      phases: [],
      element: element.place(),
      damage: null,
    };
    this.net.programs.push(this.program);
  }

  private readZone(element: Element): void {
    const id = element.getText('id');
    this.net.zones.push({
      id,
      name: element.findText('name') ?? id,
      shape: element.findShape('shape') ?? [],
      edges: element.listWords('edges'),
    });
  }
}

function readPhase(element: Element, program: RawProgram): void {
  const state = element.getText('state');
  const minS = element.findAmount('minDur');
  const maxS = element.findAmount('maxDur');
  const durationS = element.findAmount('duration') ?? minS;
  if (durationS === undefined) throw element.fault('has no duration', 'Give the phase its duration in seconds.');
  if (!LAMPS.test(state)) {
    program.damage ??= `phase ${program.phases.length} shows "${state.slice(0, 60)}", which has letters that are no lamps`;
  }
  program.phases.push({
    state,
    durationS,
    ...(minS === undefined ? {} : { minS }),
    ...(maxS === undefined ? {} : { maxS }),
  });
}

/** Streams a network file into `net`. */
export async function readNetFile(source: ByteSource, net: RawNet, report: ReportBuilder): Promise<void> {
  await readXml(source, { expected: 'net' }, new NetHandler(net, report));
}

/** Additional files may have any root that is not another kind's. */
const ADDITIONAL: Roots = { refused: ['net', 'configuration'], wanted: 'an additional file' };

const OF_CONTROL = new Set([...DETECTOR_ELEMENTS, 'param', 'WAUT', 'wautSwitch', 'wautJunction']);

/** Streams an additional file: programs, zones, bus stops, detectors and timetables go into `net`, all else is another reader's. */
export async function readAdditionalFile(source: ByteSource, net: RawNet, report: ReportBuilder): Promise<void> {
  const inner = new NetHandler(net, report);
  const control = new ControlHandler(net.control, report);
  const wanted = new Set(['tlLogic', 'phase', 'taz', 'busStop', ...NOT_USED]);
  await readXml(source, ADDITIONAL, {
    open(element) {
      if (wanted.has(element.name)) inner.open(element);
      else if (OF_CONTROL.has(element.name)) control.open(element);
    },
    close(name) {
      inner.close(name);
      control.close(name);
    },
  });
}
