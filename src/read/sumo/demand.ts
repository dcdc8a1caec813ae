import type { City } from '../../city/city.ts';
import type { Demand, Trip, VehicleType } from '../../demand/demand.ts';
import type { Flow } from '../../demand/flows.ts';
import { listDepartures } from '../../demand/flows.ts';
import { UrbaneError } from '../../units/errors.ts';
import type { Milliseconds } from '../../units/units.ts';
import type { ReportBuilder } from '../report.ts';
import { placeManner, readManner } from './departure.ts';
import { readDeparture, readFlow } from './flow.ts';
import { addStage, type PendingPerson, WalkReader } from './persons.ts';
import type { Choice } from './routes.ts';
import { drawOption, RouteFinder } from './routes.ts';
import { type RawStop, StopReader } from './stops.ts';
import { NESTED_MODEL, type OpenDistribution, readWeights, TypeBook } from './type-book.ts';
import type { Element, ElementHandler } from './xml.ts';

/** Purpose of keyed draws. */
const DRAW_ROUTE = 11;

/** What to skip whole, with all it contains, and why. */
const SKIPPED: Readonly<Record<string, string>> = {
  container: 'only vehicles and those who walk are read so far',
  containerFlow: 'only vehicles and those who walk are read so far',
  calibrator: 'not used yet',
  rerouter: 'not used yet',
};

export interface DemandOptions {
  readonly city: City;
  readonly beginMs: Milliseconds;
  /** Exclusive; Infinity when the run has no end. */
  readonly endMs: Milliseconds;
  /** For flows by probability and for distributions. */
  readonly seed: number;
}

type RouteRef = { readonly edges: string; readonly stops: RawStop[]; readonly element: Element };

/** A vehicle, trip or flow while its children are read. */
interface Pending {
  readonly element: Element;
  route: Choice<RouteRef> | null;
  readonly stops: RawStop[];
  hasBlueLight: boolean;
}

/** Collects the demand of several files, in the order given to it. */
export class DemandReader {
  private readonly options: DemandOptions;
  private readonly report: ReportBuilder;
  private readonly finder: RouteFinder;
  private readonly book: TypeBook;
  private readonly routes = new Map<string, Choice<RouteRef>>();
  private readonly trips: Trip[] = [];
  private readonly stops: StopReader;
  private readonly walks: WalkReader;
  private elements = 0;

  constructor(options: DemandOptions, report: ReportBuilder) {
    this.options = options;
    this.report = report;
    this.finder = new RouteFinder(options.city);
    this.book = new TypeBook(options.seed, report);
    this.stops = new StopReader(options.city);
    this.walks = new WalkReader(options.city, report);
  }

  /** A handler for one file; files are checked for order each on its own, as SUMO does. */
  openFile(): ElementHandler {
    let pending: Pending | null = null;
    let routeChoice: OpenDistribution<RouteRef> | null = null;
    let typeChoice: OpenDistribution<number> | null = null;
    let person: PendingPerson | null = null;
    let route: RouteRef | null = null;
    let skipping: string | null = null;
    let interval: Element | null = null;
    let vType: Element | null = null;
    let lastDepartMs = Number.NEGATIVE_INFINITY;
    return {
      open: (element) => {
        if (skipping !== null) return;
        if (person !== null) {
          addStage(person, element);
          return;
        }
        const skippedWhy = Object.hasOwn(SKIPPED, element.name) ? SKIPPED[element.name] : undefined;
        if (skippedWhy !== undefined) {
          skipping = element.name;
          this.report.tally(element.name, skippedWhy, element.file, element.line);
          return;
        }
        this.attempt(element, () => {
          switch (element.name) {
            case 'vTypeDistribution':
              typeChoice = this.book.openChoice(element);
              break;
            case 'vType':
              this.book.add(element, typeChoice);
              vType = element;
              break;
            case 'param':
              if (!givesBlueLight(element)) break;
              if (vType !== null) this.book.setBlueLight(vType);
              else if (pending !== null && route === null) pending.hasBlueLight = true;
              break;
            case 'routeDistribution':
              routeChoice = this.openRouteChoice(element);
              break;
            case 'route':
              route = this.addRoute(element, routeChoice, pending);
              break;
            case 'interval':
              interval = element;
              break;
            case 'vehicle':
            case 'trip':
            case 'flow':
              this.elements++;
              pending = { element, route: null, stops: [], hasBlueLight: false };
              break;
            case 'person':
            case 'personFlow':
              this.elements++;
              person = { element, walks: [], other: null };
              break;
            case 'stop':
              (route ?? pending)?.stops.push(this.stops.read(element));
              break;
            case 'include':
              this.report.tally(element.name, 'not used yet', element.file, element.line);
              break;
            default:
              if (vType !== null && element.name.startsWith(NESTED_MODEL)) this.book.changeModel(vType, element);
          }
        });
      },
      close: (name) => {
        if (skipping !== null) {
          if (name === skipping) skipping = null;
          return;
        }
        if (name === 'interval') interval = null;
        if (name === 'vType') vType = null;
        if (name === 'route') route = null;
        if (person !== null && name === person.element.name) {
          const done = person;
          person = null;
          this.attempt(done.element, () => {
            const flow = name === 'personFlow' ? readFlow(done.element, interval, this.options) : null;
            const departMs = flow?.beginMs ?? readDeparture(done.element);
            checkOrder(done.element, departMs, lastDepartMs);
            lastDepartMs = departMs;
            this.addWalks(done, flow, departMs);
          });
        }
        if (name === 'vTypeDistribution' && typeChoice !== null) {
          this.book.closeChoice(typeChoice);
          typeChoice = null;
        }
        if (name === 'routeDistribution' && routeChoice !== null) {
          const chosen = routeChoice.last === null ? undefined : routeChoice.options[routeChoice.last];
          const choice = chosen === undefined ? routeChoice : { options: [chosen] };
          if (pending === null) this.routes.set(routeChoice.id, choice);
          else pending.route = choice;
          routeChoice = null;
        }
        if (pending !== null && name === pending.element.name) {
          const done = pending;
          pending = null;
          this.attempt(done.element, () => {
            const flow = done.element.name === 'flow' ? readFlow(done.element, interval, this.options) : null;
            const departMs = flow?.beginMs ?? readDeparture(done.element);
            checkOrder(done.element, departMs, lastDepartMs);
            if ((done.element.findText('line') ?? '') === '') lastDepartMs = departMs;
            this.addTrips(done, flow, departMs);
          });
        }
      },
    };
  }

  finish(): Demand {
    const { counts } = this.report;
    counts.demandElements = this.elements;
    counts.vehicleTypes = this.book.types.length;
    counts.trips = this.trips.length;
    const { walks } = this.walks;
    if (walks.length > 0) counts.walks = walks.length;
    return {
      types: this.book.types,
      trips: this.trips.sort((a, b) => a.departMs - b.departMs),
      walks: walks.sort((a, b) => a.departMs - b.departMs),
    };
  }

  /** Damage to one element of the demand drops that element. */
  private attempt(element: Element, work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof UrbaneError) || error.code !== 'bad-input') throw error;
      const { file, line } = element;
      this.report.drop({
        what: element.name,
        element: element.id,
        file,
        line,
        why: `${error.message} ${error.remedy}`,
      });
    }
  }

  private openRouteChoice(element: Element): OpenDistribution<RouteRef> {
    const weights = readWeights(element);
    const options = element
      .listWords('routes')
      .flatMap((id, i) => this.getRoutes(id, element).options.map(({ value }) => ({ value, weight: weights[i] ?? 1 })));
    return { id: element.findText('id') ?? '', last: element.findCount('last') ?? null, options };
  }

  /** Adds a route; its own stops are still to come. Null for a reference to another route. */
  private addRoute(
    element: Element,
    choice: OpenDistribution<RouteRef> | null,
    pending: Pending | null,
  ): RouteRef | null {
    const weight = element.findAmount('probability') ?? 1;
    const refId = element.findText('refId');
    const edges = element.findText('edges');
    if (edges === undefined && refId === undefined) {
      throw element.fault('has no edges', 'Give the route its edges.');
    }
    const own = edges === undefined ? null : { edges, stops: [], element };
    const refs = own === null ? this.getRoutes(refId ?? '', element).options : [{ value: own, weight }];
    if (choice !== null) {
      for (const { value } of refs) choice.options.push({ value, weight });
    } else if (pending !== null) {
      pending.route = { options: refs };
    } else {
      this.routes.set(element.getText('id'), { options: refs });
    }
    return own;
  }

  private getRoutes(id: string, element: Element): Choice<RouteRef> {
    const choice = this.routes.get(id);
    if (choice === undefined) {
      throw element.fault(
        `names route "${id.slice(0, 80)}", which is not defined before it`,
        'Define the route first.',
      );
    }
    return choice;
  }

  private getRoute(
    pending: Pending,
    type: VehicleType,
    subject: number,
  ): { route: readonly number[]; alternatives: readonly (readonly number[])[]; stops: RawStop[] } {
    const { element } = pending;
    const routeId = element.findText('route');
    const choice = routeId === undefined ? pending.route : this.getRoutes(routeId, element);
    if (choice === null) {
      if (element.name === 'vehicle') throw element.fault('has no route', 'Give the vehicle a route.');
      const roads = pending.stops.flatMap(({ lane }) => this.options.city.lanes[lane]?.road ?? []);
      const found = this.finder.findTripRoute(element, type, roads);
      const alternatives = roads.length === 0 ? this.finder.findTripAlternatives(element, type, found) : [];
      return { route: found, alternatives, stops: pending.stops };
    }
    const ref = drawOption(choice, this.options.seed, subject, DRAW_ROUTE);
    if (ref === undefined) throw element.fault('has a distribution of no routes', 'Give it routes.');
    const route = this.finder.parseEdges(ref.edges, element);
    this.finder.checkRoute(route, type, element);
    return { route, alternatives: [], stops: [...ref.stops, ...pending.stops] };
  }

  private addWalks(person: PendingPerson, flow: Flow | null, departMs: Milliseconds): void {
    const { beginMs, endMs, seed } = this.options;
    const { element } = person;
    const departures =
      flow === null
        ? [departMs].filter((timeMs) => timeMs >= beginMs && timeMs < endMs)
        : listDepartures(flow, beginMs, endMs, seed, this.elements);
    if (departures.length === 0) {
      this.report.tally(element.name, 'nobody of it sets out inside the window', element.file, element.line);
      return;
    }
    const subject = this.elements * 4096;
    const type = this.book.types[this.book.find(element, subject, 'DEFAULT_PEDTYPE')];
    if (type?.kind !== 'pedestrian') throw element.fault('is of a type that does not walk', 'Use a pedestrian vType.');
    this.walks.add(person, type, departures, seed, subject);
  }

  /** Adds what a vehicle, trip or flow stands for. */
  private addTrips(pending: Pending, flow: Flow | null, departMs: Milliseconds): void {
    const { element } = pending;
    const { beginMs, endMs, seed } = this.options;
    const subject = this.elements * 4096;
    const departures = flow === null ? [departMs] : listDepartures(flow, beginMs, endMs, seed, this.elements);
    if (departures.length === 0) {
      this.report.tally('flow', 'no vehicle of it departs inside the window', element.file, element.line);
    }
    const manner = readManner(element);
    departures.forEach((timeMs, i) => {
      if (timeMs < beginMs || timeMs >= endMs) {
        const why =
          timeMs < beginMs
            ? `departs before the window begins (${beginMs / 1000} s)`
            : `departs after it ends (${endMs / 1000} s)`;
        this.report.tally(element.name, why, element.file, element.line);
        return;
      }
      const plain = this.book.find(element, subject + i, 'DEFAULT_VEHTYPE');
      const type = pending.hasBlueLight ? this.book.withBlueLight(plain) : plain;
      const vehicleType = this.book.types[type];
      if (vehicleType === undefined) return;
      const { route, alternatives, stops } = this.getRoute(pending, vehicleType, subject + i);
      const placedStops = this.stops.place(stops, route, flow === null ? 0 : timeMs - flow.beginMs, vehicleType.kind);
      const { roads } = this.options.city;
      const placed = placeManner(manner, roads[route[0] ?? 0]?.lengthM ?? 0, roads[route.at(-1) ?? 0]?.lengthM ?? 0);
      this.trips.push({
        type,
        departMs: timeMs,
        route,
        ...placed,
        ...(alternatives.length === 0 ? {} : { alternatives }),
        ...(placedStops.length === 0 ? {} : { stops: placedStops }),
      });
    });
  }
}

/** SUMO: <param key="has.bluelight.device" value="true"/> in a vType, vehicle, trip or flow. */
function givesBlueLight(element: Element): boolean {
  const isDevice = element.findText('key') === 'has.bluelight.device';
  return isDevice && ['true', '1', 'yes', 'on', 't', 'x'].includes(element.findText('value')?.toLowerCase() ?? '');
}

/** SUMO reads a file in order and ignores what departs earlier than something before it (public transport aside). */
function checkOrder(element: Element, departMs: Milliseconds, lastDepartMs: Milliseconds): void {
  if (departMs >= lastDepartMs) return;
  throw element.fault(
    `departs at ${departMs / 1000} s, after one that departs at ${lastDepartMs / 1000} s; SUMO ignores it`,
    'Sort the file by departure.',
  );
}
