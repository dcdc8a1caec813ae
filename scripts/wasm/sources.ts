import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseAst } from 'vite';

/** A node of a syntax tree (ESTree with TypeScript). */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

/** A file, and what is declared at its top. */
export interface Source {
  readonly url: string;
  readonly name: string;
  readonly text: string;
  readonly functions: Map<string, Node>;
  readonly constants: Map<string, { readonly init: Node; readonly key?: string }>;
  readonly imports: Map<string, { readonly url: string; readonly name: string }>;
}

export const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && 'type' in value;
export const nodeOf = (value: unknown): Node => value as Node;
export const listOf = (value: unknown): readonly Node[] => value as readonly Node[];

export function childrenOf(node: Node): Node[] {
  return Object.values(node).flatMap((value) =>
    Array.isArray(value) ? value.filter(isNode) : isNode(value) ? [value] : [],
  );
}

const sources = new Map<string, Source>();

export function sourceOf(url: string): Source {
  const known = sources.get(url);
  if (known !== undefined) return known;
  const text = readFileSync(fileURLToPath(url), 'utf8');
  const source: Source = {
    url,
    name: url.replace(/.*\//, '').replace(/\.ts$/, '').replaceAll('-', '_'),
    text,
    functions: new Map(),
    constants: new Map(),
    imports: new Map(),
  };
  sources.set(url, source);
  for (const statement of listOf(nodeOf(parseAst(text, { lang: 'ts' })).body)) {
    if (statement.type === 'ImportDeclaration') addImports(source, statement);
    const declared = statement.type === 'ExportNamedDeclaration' ? nodeOf(statement.declaration) : statement;
    if (declared?.type === 'FunctionDeclaration') source.functions.set(nameOf(declared.id), declared);
    if (declared?.type === 'VariableDeclaration') addConstants(source, declared);
  }
  return source;
}

export const nameOf = (node: unknown): string => nodeOf(node).name as string;

function addImports(source: Source, statement: Node): void {
  const from = nodeOf(statement.source).value as string;
  if (!from.startsWith('.')) return;
  for (const item of listOf(statement.specifiers)) {
    if (item.type !== 'ImportSpecifier') continue;
    source.imports.set(nameOf(item.local), { url: new URL(from, source.url).href, name: nameOf(item.imported) });
  }
}

function addConstants(source: Source, declared: Node): void {
  for (const { id, init } of listOf(declared.declarations) as readonly (Node & { id: Node; init: Node })[]) {
    if (id.type === 'Identifier') source.constants.set(nameOf(id), { init });
    if (id.type !== 'ObjectPattern') continue;
    for (const property of listOf(id.properties))
      source.constants.set(nameOf(property.value), { init, key: nameOf(property.key) });
  }
}

/** Where a name at the top of a file is declared. */
export function findDeclared(source: Source, name: string): { source: Source; name: string } | undefined {
  const imported = source.imports.get(name);
  if (imported !== undefined) return findDeclared(sourceOf(imported.url), imported.name);
  return source.functions.has(name) || source.constants.has(name) ? { source, name } : undefined;
}

type Value = number | { readonly [key: string]: unknown };

/** Value of a constant expression; throws when it is none. */
export async function evaluate(source: Source, node: Node): Promise<Value> {
  const part = (child: unknown) => evaluate(source, nodeOf(child));
  switch (node.type) {
    case 'Literal':
      if (typeof node.value === 'number') return node.value;
      break;
    case 'ParenthesizedExpression':
    case 'TSAsExpression':
    case 'TSNonNullExpression':
      return part(node.expression);
    case 'UnaryExpression': {
      const value = (await part(node.argument)) as number;
      if (node.operator === '-') return -value;
      if (node.operator === '~') return ~value;
      break;
    }
    case 'BinaryExpression': {
      const [left, right] = [(await part(node.left)) as number, (await part(node.right)) as number];
      const operators: Record<string, (a: number, b: number) => number> = {
        '+': (a, b) => a + b,
        '-': (a, b) => a - b,
        '*': (a, b) => a * b,
        '/': (a, b) => a / b,
        '|': (a, b) => a | b,
        '<<': (a, b) => a << b,
      };
      const operate = operators[node.operator as string];
      if (operate !== undefined) return operate(left, right);
      break;
    }
    case 'MemberExpression': {
      const object = node.object as Node;
      if (object.type === 'Identifier' && nameOf(object) === 'Number')
        return Number[nameOf(node.property) as 'POSITIVE_INFINITY'];
      return ((await part(object)) as Record<string, Value>)[nameOf(node.property)]!;
    }
    case 'Identifier': {
      const found = findDeclared(source, nameOf(node));
      const constant = found?.source.constants.get(found.name);
      if (found === undefined || constant === undefined) break;
      return valueOfConstant(found.source, found.name);
    }
  }
  throw new Error(`${source.name}: no constant: ${source.text.slice(node.start, node.end)}`);
}

const values = new Map<string, Promise<Value>>();

function valueOfConstant(source: Source, name: string): Promise<Value> {
  const place = `${source.url}#${name}`;
  let value = values.get(place);
  if (value === undefined) {
    value = work();
    values.set(place, value);
  }
  return value;

  async function work(): Promise<Value> {
    const { init, key } = source.constants.get(name)!;
    if (key !== undefined) return ((await evaluate(source, init)) as Record<string, Value>)[key]!;
    if (init.type === 'CallExpression' || init.type === 'ObjectExpression' || init.type === 'TSAsExpression')
      return ((await import(source.url)) as Record<string, Value>)[name]!;
    return evaluate(source, init);
  }
}
