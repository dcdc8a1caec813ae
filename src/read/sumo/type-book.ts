import type { VehicleType } from '../../demand/demand.ts';
import type { ReportBuilder } from '../report.ts';
import { findKind } from './classes.ts';
import type { Choice } from './routes.ts';
import { drawOption } from './routes.ts';
import { BUILT_IN_TYPES, makeDefaultType, readVehicleType } from './types.ts';
import type { Element } from './xml.ts';

/** Purpose of keyed draws. */
const DRAW_TYPE = 10;

/** Begins the names of elements inside a vType that say how it follows, such as carFollowing-IDM. */
export const NESTED_MODEL = 'carFollowing-';

/** A routeDistribution or vTypeDistribution while its children are read. */
export interface OpenDistribution<T> {
  readonly id: string;
  /** `last` of a vehicle's own routeDistribution: which of its routes the vehicle takes. */
  readonly last: number | null;
  readonly options: { value: T; weight: number }[];
}

/** The weights of a distribution's options. Throws on numbers that are none. */
export function readWeights(element: Element): number[] {
  return element.listWords('probabilities').map((word) => {
    const weight = Number(word);
    if (!Number.isFinite(weight) || weight < 0) {
      throw element.fault(`has the probability "${word.slice(0, 40)}"`, 'Write numbers of zero or more.');
    }
    return weight;
  });
}

/** The vehicle types of a demand and their distributions, by id. */
export class TypeBook {
  readonly types: VehicleType[] = [];
  private readonly seed: number;
  private readonly report: ReportBuilder;
  private readonly typeOf = new Map<string, number>();
  private readonly choices = new Map<string, Choice<number>>();

  constructor(seed: number, report: ReportBuilder) {
    this.seed = seed;
    this.report = report;
  }

  add(element: Element, choice: OpenDistribution<number> | null): void {
    const type = readVehicleType(element, this.report);
    const known = this.typeOf.get(type.id);
    const index = known ?? this.types.length;
    this.types[index] = type;
    this.typeOf.set(type.id, index);
    choice?.options.push({ value: index, weight: element.findAmount('probability') ?? 1 });
  }

  /** Gives every vehicle of a type a blue light. */
  setBlueLight(vType: Element): void {
    const index = this.getPlain(vType.id, vType);
    const type = this.types[index];
    if (type !== undefined) this.types[index] = { ...type, hasBlueLight: true };
  }

  /** The type of a vehicle that has a blue light of its own. */
  withBlueLight(index: number): number {
    const type = this.types[index];
    if (type === undefined || type.hasBlueLight) return index;
    const id = `${type.id} with blue light`;
    const known = this.typeOf.get(id) ?? this.types.push({ ...type, id, hasBlueLight: true }) - 1;
    this.typeOf.set(id, known);
    return known;
  }

  /** SUMO's older way to write a car-following model and its parameters: an element inside the vType. */
  changeModel(vType: Element, model: Element): void {
    const attributes = Object.fromEntries(model.listAttributes().map((name) => [name, model.getText(name)]));
    const whole = vType.with({ ...attributes, carFollowModel: model.name.slice(NESTED_MODEL.length) });
    const index = this.getPlain(vType.id, vType);
    const { hasBlueLight = false } = this.types[index] ?? {};
    this.types[index] = readVehicleType(whole, this.report);
    if (hasBlueLight) this.setBlueLight(vType);
  }

  openChoice(element: Element): OpenDistribution<number> {
    const weights = readWeights(element);
    const options = element.listWords('vTypes').map((id, i) => ({
      value: this.getPlain(id, element),
      weight: weights[i] ?? 1,
    }));
    return { id: element.getText('id'), last: null, options };
  }

  closeChoice(choice: OpenDistribution<number>): void {
    this.choices.set(choice.id, choice);
  }

  private getPlain(id: string, element: Element): number {
    const known = this.typeOf.get(id);
    if (known !== undefined) return known;
    const vClass = Object.hasOwn(BUILT_IN_TYPES, id) ? BUILT_IN_TYPES[id] : undefined;
    const kind = vClass === undefined ? undefined : findKind(vClass);
    if (vClass === undefined || kind === undefined || kind === null) {
      throw element.fault(`is of type "${id.slice(0, 80)}", which is not defined before it`, 'Define the vType first.');
    }
    this.types.push(makeDefaultType(id, vClass, kind));
    this.typeOf.set(id, this.types.length - 1);
    return this.types.length - 1;
  }

  /** The index of an element's type, drawn where it names a distribution. Throws when there is none. */
  find(element: Element, subject: number, fallback: string): number {
    const id = element.findText('type') ?? fallback;
    const choice = this.choices.get(id);
    if (choice === undefined) return this.getPlain(id, element);
    const drawn = drawOption(choice, this.seed, subject, DRAW_TYPE);
    if (drawn === undefined) throw element.fault(`is of type "${id}", a distribution of nothing`, 'Give it vTypes.');
    return drawn;
  }
}
