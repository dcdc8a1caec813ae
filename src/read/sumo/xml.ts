import { UrbaneError } from '../../units/errors.ts';
import type { ByteSource } from '../source.ts';
import { XmlScanner } from './scanner.ts';

const MAX_DEPTH = 64;
/** Attributes whose values stand in a file many times: one copy of each is kept. */
const REPEATED = new Set(['from', 'to', 'tl', 'dir', 'state', 'type', 'response', 'foes', 'name']);
/** V8 keeps the whole text alive from which a piece of at least so many characters was cut. */
const SHORTEST_PIECE = 13;

/** Where an element stands, and how messages name it: what is kept of one whose attributes are read. */
export class Place {
  readonly file: string;
  readonly line: number;
  private readonly name: string;
  private readonly id: string | undefined;
  private readonly ends: readonly [string, string] | undefined;

  constructor(name: string, attributes: Readonly<Record<string, string | undefined>>, file: string, line: number) {
    this.name = name;
    this.file = file;
    this.line = line;
    const { id, from, to } = attributes;
    this.id = id === undefined ? undefined : detach(id);
    this.ends = id === undefined && from !== undefined ? [from, to ?? ''] : undefined;
  }

  /** An error about the element: the place, what is wrong, what to do. */
  fault(what: string, remedy: string): UrbaneError {
    return new UrbaneError('bad-input', `${this.file}:${this.line}: ${this.describe()} ${what}.`, remedy);
  }

  private describe(): string {
    if (this.id !== undefined) return `<${this.name} id="${clip(this.id)}">`;
    if (this.ends === undefined) return `<${this.name}>`;
    return `<${this.name} from="${clip(this.ends[0])}" to="${clip(this.ends[1])}">`;
  }
}

/** An opening tag with its place in the file. Attributes are read by type; faults name file, line and element. */
export class Element {
  readonly name: string;
  readonly file: string;
  readonly line: number;
  private readonly attributes: Readonly<Record<string, string>>;

  constructor(name: string, attributes: Readonly<Record<string, string>>, file: string, line: number) {
    this.name = name;
    this.attributes = attributes;
    this.file = file;
    this.line = line;
  }

  /** The element's id, or an empty string. */
  get id(): string {
    return this.attributes.id ?? '';
  }

  /** The element with further attributes, which win over its own. */
  with(attributes: Readonly<Record<string, string>>): Element {
    return new Element(this.name, { ...this.attributes, ...attributes }, this.file, this.line);
  }

  listAttributes(): string[] {
    return Object.keys(this.attributes);
  }

  findText(attribute: string): string | undefined {
    const text = this.attributes[attribute];
    return text === undefined || REPEATED.has(attribute) ? text : detach(text);
  }

  getText(attribute: string): string {
    const text = this.findText(attribute);
    if (text === undefined) throw this.fault(`has no ${attribute}`, `Give it a ${attribute}.`);
    return text;
  }

  findNumber(attribute: string): number | undefined {
    const text = this.attributes[attribute];
    if (text === undefined) return undefined;
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value)) {
      throw this.fault(`${attribute}="${clip(text)}" is not a number`, `Write ${attribute} as a number.`);
    }
    return value;
  }

  getNumber(attribute: string): number {
    const value = this.findNumber(attribute);
    if (value === undefined) throw this.fault(`has no ${attribute}`, `Give it a ${attribute}.`);
    return value;
  }

  /** A number that may not be below zero, such as a length or a duration. */
  findAmount(attribute: string): number | undefined {
    const value = this.findNumber(attribute);
    if (value !== undefined && value < 0) {
      throw this.fault(`${attribute}="${value}" is negative`, `Write ${attribute} as zero or more.`);
    }
    return value;
  }

  getAmount(attribute: string): number {
    const value = this.findAmount(attribute);
    if (value === undefined) throw this.fault(`has no ${attribute}`, `Give it a ${attribute}.`);
    return value;
  }

  /** A whole number of zero or more, such as a lane index. */
  findCount(attribute: string): number | undefined {
    const value = this.findNumber(attribute);
    if (value !== undefined && (!Number.isInteger(value) || value < 0)) {
      throw this.fault(`${attribute}="${value}" is not a whole number of zero or more`, `Correct ${attribute}.`);
    }
    return value;
  }

  getCount(attribute: string): number {
    const value = this.findCount(attribute);
    if (value === undefined) throw this.fault(`has no ${attribute}`, `Give it a ${attribute}.`);
    return value;
  }

  /** Words separated by blanks (or commas where `separator` says so). */
  listWords(attribute: string, separator: RegExp = /\s+/): string[] {
    const text = this.attributes[attribute]?.trim();
    return text === undefined || text === ''
      ? []
      : text.split(separator).flatMap((word) => (word === '' ? [] : [detach(word)]));
  }

  /** `x,y x,y` or `x,y,z x,y,z` in metres; heights are left out. */
  findShape(attribute: string): number[] | undefined {
    const text = this.attributes[attribute];
    if (text === undefined) return undefined;
    const shape: number[] = [];
    for (const point of text.split(' ')) {
      if (point === '') continue;
      const comma = point.indexOf(',');
      const second = point.indexOf(',', comma + 1);
      const x = comma < 1 ? Number.NaN : Number(point.slice(0, comma));
      const y = Number(second < 0 ? point.slice(comma + 1) : point.slice(comma + 1, second));
      if (!Number.isFinite(x) || !Number.isFinite(y)) {
        throw this.fault(`${attribute} has the point "${clip(point)}"`, 'Write points as x,y separated by blanks.');
      }
      shape.push(x, y);
    }
    return shape.slice(); // its exact size: a list grown by push holds up to sixteen places more
  }

  /** An error about this element: the place, what is wrong, what to do. */
  fault(what: string, remedy: string): UrbaneError {
    return this.place().fault(what, remedy);
  }

  /** What to keep of it for messages; an element holds on to all its attributes. */
  place(): Place {
    return new Place(this.name, this.attributes, this.file, this.line);
  }
}

/** A copy that holds on to no longer text. */
function detach(text: string): string {
  return text.length < SHORTEST_PIECE ? text : ` ${text}`.slice(1);
}

function clip(text: string): string {
  return text.length <= 80 ? text : `${text.slice(0, 77)}...`;
}

/** What a reader does with each tag. `depth` is 0 at the root. */
export interface ElementHandler {
  open(element: Element, depth: number): void;
  close?(name: string, depth: number): void;
}

function declaredEncoding(chunk: Uint8Array): string {
  const head = new TextDecoder('latin1').decode(chunk.subarray(0, 200));
  const declared = /^\s*<\?xml[^>]*encoding=["']([A-Za-z0-9._-]+)["']/.exec(head)?.[1];
  return declared ?? 'utf-8';
}

type Decoder = InstanceType<typeof TextDecoder>;

function makeDecoder(chunk: Uint8Array, name: string): Decoder {
  const encoding = declaredEncoding(chunk);
  try {
    return new TextDecoder(encoding);
  } catch {
    throw new UrbaneError('bad-xml', `${name}: the encoding "${encoding}" is not known.`, 'Save the file as UTF-8.');
  }
}

/** Which roots a reader takes: SUMO looks at none, so files of demand and options may have any that is not another kind's. */
export type Roots = { readonly expected: string } | { readonly refused: readonly string[]; readonly wanted: string };

function checkRoot(root: string, roots: Roots, place: string): void {
  const isRight = 'expected' in roots ? root === roots.expected : !roots.refused.includes(root);
  if (isRight) return;
  const wanted = 'expected' in roots ? `<${roots.expected}>` : roots.wanted;
  throw new UrbaneError('bad-input', `${place}: expected ${wanted}, got <${root}>.`, 'Name a file of the right kind.');
}

/**
 * Streams one XML file through `handler`.
 * Throws UrbaneError `bad-xml` when the file is cut off or not well formed, declares a document type (no entities are
 * ever expanded), or nests deeper than 64; `bad-input` when the root is another.
 */
export async function readXml(source: ByteSource, roots: Roots, handler: ElementHandler): Promise<void> {
  const open: string[] = [];
  const words = new Map<string, string>();
  const bad = (what: string): UrbaneError => {
    const inside = open.at(-1);
    const place = `${source.name}:${scanner.line}`;
    if (what.includes('document type'))
      return new UrbaneError('bad-xml', `${place}: ${what}.`, 'Remove the <!DOCTYPE ...> declaration.');
    return new UrbaneError('bad-xml', `${place}: ${inside === undefined ? '' : `inside <${inside}>: `}${what}.`);
  };
  const scanner = new XmlScanner(
    {
      open(name, attributes) {
        const depth = open.length;
        if (depth >= MAX_DEPTH) throw bad(`elements nest deeper than ${MAX_DEPTH}`);
        if (depth === 0) checkRoot(name, roots, `${source.name}:${scanner.line}`);
        open.push(name);
        for (const repeated of REPEATED) {
          const text = attributes[repeated];
          if (text === undefined) continue;
          const known = words.get(text);
          if (known === undefined) {
            const word = detach(text);
            words.set(word, word);
            attributes[repeated] = word;
          } else attributes[repeated] = known;
        }
        handler.open(new Element(name, attributes, source.name, scanner.line), depth);
      },
      close(name) {
        open.pop();
        handler.close?.(name, open.length);
      },
    },
    bad,
  );

  let decoder: Decoder | null = null;
  for await (const chunk of source.open()) {
    if (typeof chunk === 'string') {
      scanner.write(chunk);
      continue;
    }
    decoder ??= makeDecoder(chunk, source.name);
    scanner.write(decoder.decode(chunk, { stream: true }));
  }
  if (decoder !== null) scanner.write(decoder.decode());
  scanner.close();
}
