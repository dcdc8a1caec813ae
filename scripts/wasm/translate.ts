import {
  childrenOf,
  evaluate,
  findDeclared,
  isNode,
  listOf,
  type Node,
  nameOf,
  nodeOf,
  type Source,
  sourceOf,
} from './sources.ts';

/**
 * Translates functions of `src/sim` and all they call into one AssemblyScript source. They are written in the part of TypeScript that both
 * understand: numbers are declared `i32` or `f64`, all state is numbers in tables that hang on the world, constants are known when
 * the program is built. Anything else is an error that names its place.
 */

/** Kinds of numbers in a table, as the names of their array types begin. */
export type Kind = 'f64' | 'f32' | 'i32' | 'u32' | 'u8';
/** What hangs on a world: tables, numbers, or groups of them. */
export interface Shape {
  readonly [name: string]: Kind | 'int' | 'float' | Shape;
}

const SIZE = { f64: 3, f32: 2, i32: 2, u32: 2, u8: 0 } as const;
const LOAD = { f64: 'load<f64>', f32: '<f64>load<f32>', i32: 'load<i32>', u32: '<i32>load<u32>', u8: '<i32>load<u8>' };
const STORED = { f64: '<f64>', f32: '<f32>', i32: '<i32>', u32: '<u32>', u8: '<i32>' };
const BYTES_OF_ENTRY = 8;
const COPY = /^for \(let (\w+) = 0; \1 < \w+; \1\+\+\) \w+\[[^\]]+ \+ \1\] = \w+\[[^\]]+ \+ \1\]!;$/;

/** A number as AssemblyScript writes it. */
function literal(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '(-Infinity)';
  return value < 0 ? `(${value})` : String(value);
}

export class Translation {
  readonly #shape: Shape;
  /** Tables and numbers of a world that the functions use, by name; the n-th stands at byte 8 n of its record. */
  readonly parts: string[] = [];
  readonly #done = new Map<string, string>();
  /** Every read and write is looked at. */
  readonly isChecked: boolean;

  constructor(shape: Shape, isChecked = false) {
    this.#shape = shape;
    this.isChecked = isChecked;
  }

  get text(): string {
    return [...this.#done.values()].join('\n');
  }

  /** Adds a function of a world, and perhaps whole numbers, that is called from outside, and all it calls. */
  async add(url: string, name: string): Promise<void> {
    const source = sourceOf(url);
    const queue = [{ source, name }];
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      const id = `${next.source.name}_${next.name}`;
      if (this.#done.has(id)) continue;
      this.#done.set(id, '');
      const body = new Body(this, this.#shape, next.source, next.source.functions.get(next.name)!);
      this.#done.set(id, await body.translate());
      queue.push(...body.called);
    }
    const params = listOf(source.functions.get(name)!.params).slice(1).map(nameOf);
    const typed = ['w: usize', ...params.map((param) => `${param}: i32`)];
    const given = ['w', `load<usize>(w, ${this.placeOf(STATE)})`, ...params];
    const call = `${source.name}_${name}(${given.join(', ')})`;
    this.#done.set(name, `export function ${name}(${typed.join(', ')}): void {\n  ${call};\n}`);
  }

  /** Bytes from a table's start, in a checked translation after a look at its end (`within`). */
  inTable(world: string, path: readonly string[], at: string, end: number): string {
    if (!this.isChecked) return at === '0' ? '' : ` + (<usize>${at})`;
    return ` + within(<i32>${at}, ${end}, load<u32>(${world}, ${this.placeOf(pointerOf(path)) + 4}))`;
  }

  /** Place of a path of the world in its record, bytes; a table's length follows four bytes on. */
  placeOf(path: readonly string[], isFloat = false): number {
    const name = `${path.join('.')}${isFloat ? ':float' : ''}`;
    const known = this.parts.indexOf(name);
    return BYTES_OF_ENTRY * (known >= 0 ? known : this.parts.push(name) - 1);
  }
}

/** The buffer that most functions look at: its place is handed on from one to the next. */
const STATE = ['f64'];
const POINTER = 'state_';

/** The views of one buffer are one pointer: the path of the first of them. */
function pointerOf(path: readonly string[]): readonly string[] {
  const last = path[path.length - 1];
  return last === 'i32' || last === 'f32' ? [...path.slice(0, -1), 'f64'] : path;
}

class Body {
  readonly called: { source: Source; name: string }[] = [];
  readonly #all: Translation;
  readonly #shape: Shape;
  readonly #source: Source;
  readonly #node: Node;
  readonly #locals = new Set<string>();
  /** Locals that stand for a part of the world. */
  readonly #paths = new Map<string, readonly string[]>();
  /** Pointers that are at hand in the whole function. */
  readonly #pointers = new Map<string, string>();
  #world = '';

  constructor(all: Translation, shape: Shape, source: Source, node: Node) {
    this.#all = all;
    this.#shape = shape;
    this.#source = source;
    this.#node = node;
  }

  async translate(): Promise<string> {
    const { params, returnType, body } = this.#node as Node & { params: Node[]; returnType: Node; body: Node };
    const typed = params.map((param) => {
      const type = this.#typeOf(nodeOf(param.typeAnnotation));
      this.#locals.add(nameOf(param));
      if (type === 'usize') {
        this.#world = nameOf(param);
        this.#paths.set(nameOf(param), []);
        this.#pointers.set(STATE.join('.'), POINTER);
        return `${nameOf(param)}: usize, ${POINTER}: usize`;
      }
      return `${nameOf(param)}: ${type}`;
    });
    this.#collectLocals(body);
    const statements = await this.#each(listOf(body.body), '\n  ');
    return `function ${this.#source.name}_${nameOf(this.#node.id)}(${typed.join(', ')}): ${this.#typeOf(returnType)} {\n  ${statements}\n}`;
  }

  #fail(node: Node, what: string): never {
    const line = this.#source.text.slice(0, node.start).split('\n').length;
    throw new Error(`${this.#source.name}.ts:${line}: ${what}: ${this.#source.text.slice(node.start, node.end)}`);
  }

  #typeOf(annotation: Node): string {
    const type = nodeOf(annotation.typeAnnotation);
    if (type.type === 'TSBooleanKeyword') return 'bool';
    if (type.type === 'TSVoidKeyword') return 'void';
    const name = type.type === 'TSTypeReference' ? nameOf(type.typeName) : '';
    if (name === 'i32' || name === 'f64') return name;
    if (name === 'World') return 'usize';
    return this.#fail(annotation, 'neither i32 nor f64, bool or World');
  }

  #collectLocals(node: Node): void {
    if (node.type === 'VariableDeclarator') {
      const id = nodeOf(node.id);
      if (id.type === 'Identifier') this.#locals.add(nameOf(id));
      else for (const property of listOf(id.properties)) this.#locals.add(nameOf(property.value));
    }
    for (const child of childrenOf(node)) this.#collectLocals(child);
  }

  async #each(nodes: readonly Node[], between: string): Promise<string> {
    const parts: string[] = [];
    for (const node of nodes) parts.push(await this.#of(node));
    return parts.join(between);
  }

  /** The part of the world that an expression names. */
  #pathOf(node: Node): readonly string[] | undefined {
    if (node.type === 'Identifier') return this.#paths.get(nameOf(node));
    if (node.type !== 'MemberExpression' || node.computed === true) return undefined;
    const before = this.#pathOf(nodeOf(node.object));
    return before === undefined ? undefined : [...before, nameOf(node.property)];
  }

  #shapeAt(path: readonly string[], node: Node): Shape[string] {
    let shape: Shape[string] | undefined = this.#shape;
    for (const name of path) shape = typeof shape === 'object' ? shape[name] : undefined;
    return shape ?? this.#fail(node, 'no part of the world');
  }

  #pointer(path: readonly string[]): string {
    const canon = pointerOf(path);
    return this.#pointers.get(canon.join('.')) ?? `load<usize>(${this.#world}, ${this.#all.placeOf(canon)})`;
  }

  #declare(local: string, path: readonly string[], node: Node, isOutermost: boolean): string {
    const shape = this.#shapeAt(path, node);
    if (typeof shape === 'object') {
      this.#paths.set(local, path);
      return '';
    }
    if (shape === 'int' || shape === 'float') return `const ${local} = ${this.#number(path, shape)};`;
    const text = `const ${local}: usize = ${this.#pointer(path)};`;
    this.#paths.set(local, path);
    const canon = pointerOf(path).join('.');
    if (isOutermost && !this.#pointers.has(canon)) this.#pointers.set(canon, local);
    return text;
  }

  #number(path: readonly string[], shape: 'int' | 'float'): string {
    return `load<${shape === 'int' ? 'i32' : 'f64'}>(${this.#world}, ${this.#all.placeOf(path, shape === 'float')})`;
  }

  /** Pointer and offset of an element of a table, and the kind of its numbers. */
  async #element(node: Node): Promise<{ kind: Kind; pointer: string; offset: number }> {
    const table = strip(nodeOf(node.object));
    const path = this.#pathOf(table);
    if (path === undefined) return this.#fail(node, 'no table of the world');
    const kind = this.#shapeAt(path, node);
    if (typeof kind === 'object' || kind === 'int' || kind === 'float') return this.#fail(node, 'no table');
    const base = table.type === 'Identifier' ? nameOf(table) : this.#pointer(path);
    let index = strip(nodeOf(node.property));
    const fixed = await this.#constantOf(index);
    const within = (at: string, from: number) => this.#all.inTable(this.#world, path, at, from + (1 << SIZE[kind]));
    if (fixed !== undefined) {
      const from = fixed << SIZE[kind];
      return { kind, pointer: base + within('0', from), offset: from };
    }
    let offset = 0;
    if (index.type === 'BinaryExpression' && index.operator === '+') {
      const added = await this.#constantOf(nodeOf(index.right));
      if (added !== undefined && Number.isInteger(added) && added >= 0) {
        offset = added << SIZE[kind];
        index = strip(nodeOf(index.left));
      }
    }
    let shift: number = SIZE[kind];
    if (index.type === 'BinaryExpression' && index.operator === '<<') {
      const by = await this.#constantOf(nodeOf(index.right));
      if (by !== undefined) {
        shift += by;
        index = strip(nodeOf(index.left));
      }
    }
    const at = await this.#of(index);
    return { kind, pointer: base + within(`(${at})${shift > 0 ? ` << ${shift}` : ''}`, offset), offset };
  }

  async #constantOf(node: Node): Promise<number | undefined> {
    if (this.#namesLocal(node)) return undefined;
    try {
      const value = await evaluate(this.#source, node);
      return typeof value === 'number' ? value : undefined;
    } catch {
      return undefined;
    }
  }

  #namesLocal(node: Node): boolean {
    if (node.type === 'Identifier') return this.#locals.has(nameOf(node));
    if (node.type === 'MemberExpression' && node.computed !== true) return this.#namesLocal(nodeOf(node.object));
    return childrenOf(node).some((child) => this.#namesLocal(child));
  }

  async #of(node: Node): Promise<string> {
    const one = (child: unknown) => this.#of(nodeOf(child));
    switch (node.type) {
      case 'Literal':
        if (typeof node.value === 'number' || typeof node.value === 'boolean')
          return String(node.raw).replaceAll('_', '');
        break;
      case 'Identifier':
        return this.#identifier(node);
      case 'TSNonNullExpression':
        return one(node.expression);
      case 'TSAsExpression':
        return `<${this.#typeOf(node)}>(${await one(node.expression)})`;
      case 'ParenthesizedExpression':
        return `(${await one(node.expression)})`;
      case 'ExpressionStatement':
        return `${await one(node.expression)};`;
      case 'BlockStatement':
        return `{\n${await this.#each(listOf(node.body), '\n')}\n}`;
      case 'ReturnStatement':
        return node.argument === null ? 'return;' : `return ${await one(node.argument)};`;
      case 'BreakStatement':
        return 'break;';
      case 'ContinueStatement':
        return 'continue;';
      case 'IfStatement': {
        const otherwise = node.alternate === null ? '' : ` else ${await one(node.alternate)}`;
        return `if (${await one(node.test)}) ${await one(node.consequent)}${otherwise}`;
      }
      case 'WhileStatement':
        return `while (${await one(node.test)}) ${await one(node.body)}`;
      case 'ForStatement': {
        const copy = await this.#copy(node);
        if (copy !== undefined) return copy;
        const init = node.init === null ? ';' : await one(node.init);
        const test = node.test === null ? '' : await one(node.test);
        const update = node.update === null ? '' : await one(node.update);
        return `for (${init.endsWith(';') ? init : `${init};`} ${test}; ${update}) ${await one(node.body)}`;
      }
      case 'EmptyStatement':
        return ';';
      case 'VariableDeclaration':
        return this.#variables(node);
      case 'UnaryExpression':
        return `${node.operator as string}(${await one(node.argument)})`;
      case 'UpdateExpression': {
        const argument = await one(node.argument);
        return node.prefix === true ? `${node.operator as string}${argument}` : `${argument}${node.operator as string}`;
      }
      case 'LogicalExpression':
        return `(${await one(node.left)} ${node.operator as string} ${await one(node.right)})`;
      case 'ConditionalExpression':
        return `(${await one(node.test)} ? ${await one(node.consequent)} : ${await one(node.alternate)})`;
      case 'BinaryExpression':
        return this.#binary(node);
      case 'AssignmentExpression':
        return this.#assignment(node);
      case 'CallExpression':
        return this.#call(node);
      case 'MemberExpression':
        return this.#member(node);
    }
    return this.#fail(node, `${node.type} is not understood`);
  }

  /** A loop that only copies a fixed number of words from table to table does four at once, unless each is looked at. */
  async #copy(node: Node): Promise<string | undefined> {
    if (this.#all.isChecked || !COPY.test(this.#source.text.slice(node.start, node.end))) return undefined;
    const words = await this.#constantOf(nodeOf(nodeOf(node.test).right));
    const { left, right } = nodeOf(nodeOf(node.body).expression);
    const [to, from] = [await this.#firstOf(left), await this.#firstOf(right)];
    if (words === undefined || words % 4 !== 0 || to.kind !== 'i32' || from.kind !== 'i32') return undefined;
    const begin = `const to_: usize = ${to.pointer} + ${to.offset}, from_: usize = ${from.pointer} + ${from.offset};`;
    const moves = Array.from(
      { length: words / 4 },
      (_, k) => `v128.store(to_, v128.load(from_, ${16 * k}), ${16 * k});`,
    );
    return `{\n${begin}\n${moves.join('\n')}\n}`;
  }

  /** The element that `table[at + k]` is for k = 0. */
  #firstOf(side: unknown) {
    const element = strip(nodeOf(side));
    return this.#element({ ...element, property: nodeOf(element.property).left });
  }

  async #identifier(node: Node): Promise<string> {
    const name = nameOf(node);
    if (this.#locals.has(name)) return name;
    const value = await this.#constantOf(node);
    return value === undefined ? this.#fail(node, 'neither local nor constant') : literal(value);
  }

  async #variables(node: Node): Promise<string> {
    const isOutermost = listOf(nodeOf(this.#node.body).body).includes(node);
    const parts: string[] = [];
    for (const { id, init } of listOf(node.declarations) as readonly (Node & { id: Node; init: Node | null })[]) {
      const path = init === null ? undefined : this.#pathOf(strip(init));
      if (id.type === 'ObjectPattern') {
        if (path === undefined) this.#fail(node, 'no part of the world');
        for (const property of listOf(id.properties))
          parts.push(this.#declare(nameOf(property.value), [...path, nameOf(property.key)], property, isOutermost));
      } else if (path !== undefined) parts.push(this.#declare(nameOf(id), path, node, isOutermost));
      else {
        const type = isNode(id.typeAnnotation) ? `: ${this.#typeOf(id.typeAnnotation)}` : '';
        const value = init === null ? '' : ` = ${await this.#of(init)}`;
        parts.push(`${node.kind as string} ${nameOf(id)}${type}${value};`);
      }
    }
    return parts.filter((part) => part !== '').join('\n');
  }

  async #binary(node: Node): Promise<string> {
    const [left, right] = [await this.#of(nodeOf(node.left)), await this.#of(nodeOf(node.right))];
    // Divided as JavaScript does, also two whole numbers.
    if (node.operator === '/') return `(<f64>(${left}) / <f64>(${right}))`;
    if (node.operator === '|' && right === '0') return `<i32>(${left})`;
    if (node.operator === '>>>' && right === '0') return `<f64>(<u32>(${left}))`;
    return `(${left} ${node.operator as string} ${right})`;
  }

  async #assignment(node: Node): Promise<string> {
    const target = strip(nodeOf(node.left));
    const operator = node.operator as string;
    const value = await this.#of(nodeOf(node.right));
    if (target.type === 'Identifier') {
      if (!this.#locals.has(nameOf(target))) this.#fail(node, 'no local');
      if (operator === '||=') return `${nameOf(target)} = ${nameOf(target)} || (${value})`;
      return `${nameOf(target)} ${operator} ${value}`;
    }
    const { kind, pointer, offset } = await this.#element(target);
    if (operator !== '=') this.#fail(node, 'a table is only assigned to');
    return `store<${kind}>(${pointer}, ${STORED[kind]}(${value}), ${offset})`;
  }

  async #member(node: Node): Promise<string> {
    const path = this.#pathOf(node);
    if (path !== undefined) {
      const shape = this.#shapeAt(path, node);
      if (shape === 'int' || shape === 'float') return this.#number(path, shape);
      this.#fail(node, 'a table stands where a number should');
    }
    if (node.computed === true) {
      const { kind, pointer, offset } = await this.#element(node);
      return `${LOAD[kind]}(${pointer}, ${offset})`;
    }
    const value = await this.#constantOf(node);
    return value === undefined ? this.#fail(node, 'no constant') : literal(value);
  }

  async #call(node: Node): Promise<string> {
    const callee = nodeOf(node.callee);
    const given = listOf(node.arguments);
    if (callee.type === 'MemberExpression' && nameOf(callee.object) === 'Math') {
      const name = nameOf(callee.property);
      const numbers: string[] = [];
      for (const each of given) numbers.push(await this.#of(each));
      if (name === 'imul') return `(<i32>(${numbers[0]}) * <i32>(${numbers[1]}))`;
      if (name === 'min' || name === 'max')
        return numbers.map((each) => `<f64>(${each})`).reduce((before, each) => `${name}(${before}, ${each})`);
      return `Math.${name}(<f64>(${numbers.join(', ')}))`;
    }
    const found = callee.type === 'Identifier' ? findDeclared(this.#source, nameOf(callee)) : undefined;
    if (found === undefined || !found.source.functions.has(found.name)) this.#fail(node, 'no known function');
    this.called.push(found);
    const args: string[] = [];
    for (const each of given)
      args.push(
        each.type === 'Identifier' && nameOf(each) === this.#world
          ? `${this.#world}, ${POINTER}`
          : await this.#of(each),
      );
    return `${found.source.name}_${found.name}(${args.join(', ')})`;
  }
}

/** The expression within parentheses and assertions that it is there. */
function strip(node: Node): Node {
  return node.type === 'TSNonNullExpression' || node.type === 'ParenthesizedExpression'
    ? strip(nodeOf(node.expression))
    : node;
}
