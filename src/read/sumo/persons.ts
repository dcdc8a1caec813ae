import type { City } from '../../city/city.ts';
import type { VehicleType, Walk } from '../../demand/demand.ts';
import { type WalkEnd, WalkRouter, type WalkWay } from '../../demand/walking.ts';
import { drawNormal } from '../../units/random.ts';
import type { Metres, MetresPerSecond, Milliseconds } from '../../units/units.ts';
import type { ReportBuilder } from '../report.ts';
import type { Element } from './xml.ts';

/** Purpose of keyed draws. */
const DRAW_PACE = 12;

/** A person or personFlow while its children are read. */
export interface PendingPerson {
  readonly element: Element;
  readonly walks: Element[];
  /** The first stage that is no walk. */
  other: string | null;
}

/** Takes one child of a person: a walk, or a stage that cannot be followed. */
export function addStage(person: PendingPerson, element: Element): void {
  if (element.name === 'walk') person.walks.push(element);
  else if (element.name !== 'param') person.other ??= element.name;
}

/** Turns the walks of persons into ways over sidewalks and crossings. */
export class WalkReader {
  readonly walks: Walk[] = [];
  private readonly city: City;
  private readonly report: ReportBuilder;
  private readonly router: WalkRouter;
  private readonly roadOf: ReadonlyMap<string, number>;

  constructor(city: City, report: ReportBuilder) {
    this.city = city;
    this.report = report;
    this.router = new WalkRouter(city);
    this.roadOf = new Map(city.roads.map((road, index) => [road.id, index]));
  }

  /** Adds a walk per departure; `subject` and the place in the list key the draw of the pace. Throws on damage. */
  add(
    person: PendingPerson,
    type: VehicleType,
    departuresMs: readonly Milliseconds[],
    seed: number,
    subject: number,
  ): void {
    const { element } = person;
    if (person.other !== null || person.walks.length === 0) {
      const why = `its ${person.other ?? 'plan'} is not used yet: only those who walk all the way are read`;
      this.report.tally(element.name, why, element.file, element.line);
      return;
    }
    const way = this.findWay(person);
    departuresMs.forEach((departMs, i) => {
      this.walks.push({ departMs, speedMps: drawPace(type, seed, subject + i), ...way });
    });
  }

  private findWay({ element, walks }: PendingPerson): WalkWay {
    const ends = this.listEnds(element, walks);
    const crossings: number[] = [];
    const directions: number[] = [];
    const betweenM: Metres[] = [0];
    for (let i = 1; i < ends.length; i++) {
      const [from, to] = [ends[i - 1], ends[i]];
      if (from === undefined || to === undefined) continue;
      const part = this.router.findWay(from, to);
      if (part === null) {
        const [a, b] = [from, to].map(({ road }) => this.city.roads[road]?.id ?? '');
        throw element.fault(`has no way on foot from edge "${a}" to edge "${b}"`, 'Correct the walk or add crossings.');
      }
      const [first = 0, ...others] = part.betweenM;
      betweenM.push((betweenM.pop() ?? 0) + first, ...others);
      crossings.push(...part.crossings);
      directions.push(...part.directions);
    }
    return { crossings, directions, betweenM };
  }

  /** Where the walks begin, what they pass and where they end. */
  private listEnds(element: Element, walks: readonly Element[]): WalkEnd[] {
    const ends: WalkEnd[] = [];
    for (const walk of walks) {
      const edges = walk.listWords('edges');
      const from = edges[0] ?? walk.findText('from');
      const to = edges.at(-1) ?? walk.getText('to');
      if (ends.length === 0) {
        if (from === undefined) throw walk.fault('has no from', 'Say on which edge the walk begins.');
        ends.push(this.place(walk, from, element.findNumber('departPos') ?? walk.findNumber('departPos') ?? 0));
      }
      for (const edge of edges.slice(1, -1)) ends.push(this.place(walk, edge, null));
      ends.push(this.place(walk, to, walk.findNumber('arrivalPos') ?? null));
    }
    return ends;
  }

  /** A place on an edge; below zero it counts from the end, null is the middle. */
  private place(walk: Element, edge: string, at: number | null): WalkEnd {
    const road = this.roadOf.get(edge);
    const lengthM = this.city.roads[road ?? -1]?.lengthM;
    if (road === undefined || lengthM === undefined || !this.router.hasSidewalk(road)) {
      throw walk.fault(`uses edge "${edge.slice(0, 80)}", which is no road with a sidewalk`, 'Correct the walk.');
    }
    const atM = at === null ? lengthM / 2 : Math.min(lengthM, at < 0 ? Math.max(0, lengthM + at) : at);
    return { road, atM };
  }
}

function drawPace(type: VehicleType, seed: number, subject: number): MetresPerSecond {
  const drawn = type.speedFactor + type.speedDev * drawNormal(seed, subject, 0, DRAW_PACE);
  return type.maxSpeedMps * Math.min(type.speedFactorMax, Math.max(type.speedFactorMin, drawn));
}
