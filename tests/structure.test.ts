import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const src = fileURLToPath(new URL('../src', import.meta.url));

/** Folders in import order (docs: ARCHITECTURE.md); a row may import from rows above it, never from its siblings. */
const ROWS = [
  ['units'],
  ['city'],
  ['demand'],
  ['read'],
  ['street', 'sim'],
  ['twin'],
  ['signals', 'expressway', 'measures', 'incidents'],
  ['watch'],
  ['guard'],
  ['store', 'ledger', 'exchange', 'register', 'services', 'alerts'],
  ['field'],
  ['brain'],
  ['trial'],
  ['demo'],
  ['server'],
  ['cli'],
];
/** Folders that know no file, socket, clock or logger. */
const PURE = [
  'units',
  'city',
  'demand',
  'read',
  'street',
  'sim',
  'twin',
  'signals',
  'expressway',
  'measures',
  'incidents',
  'watch',
  'guard',
];

const rowOf = new Map(ROWS.flatMap((folders, row) => folders.map((folder) => [folder, row] as const)));

function listSources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name));
}

function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  const found = text.matchAll(
    /(?:^|\n)\s*(?:import|export)\b[^;'"]*?from\s*['"]([^'"]+)['"]|\bimport\s*\(\s*['"]([^'"]+)['"]|(?:^|\n)import\s*['"]([^'"]+)['"]/g,
  );
  return [...found].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
}

const folderOf = (file: string): string => relative(src, file).split(sep)[0] ?? '';
const sources = listSources(src);
const isTest = (file: string): boolean => /\.(test|bench)\.ts$/.test(file);

describe('structure', () => {
  it('has only folders the import order knows', () => {
    const unknown = sources.map(folderOf).filter((folder) => !rowOf.has(folder));
    expect([...new Set(unknown)]).toEqual([]);
  });

  it('never imports upwards or from a sibling', () => {
    const climbs: string[] = [];
    for (const file of sources.filter((name) => !isTest(name))) {
      const own = folderOf(file);
      for (const target of importsOf(file)) {
        if (!target.startsWith('.')) continue;
        const path = resolve(dirname(file), target);
        if (!existsSync(path)) climbs.push(`${relative(src, file)} imports ${target}, which is not there`);
        if (relative(src, path).startsWith('..')) continue;
        const other = folderOf(path);
        if (other !== own && (rowOf.get(other) ?? 99) >= (rowOf.get(own) ?? -1)) {
          climbs.push(`${relative(src, file)} imports ${target}`);
        }
      }
    }
    expect(climbs).toEqual([]);
  });

  it('keeps the core free of files, sockets, clocks and loggers', () => {
    const impure: string[] = [];
    for (const file of sources.filter((name) => PURE.includes(folderOf(name)) && !isTest(name))) {
      for (const target of importsOf(file)) {
        if (target.startsWith('node:') || target === 'pino' || target === 'fastify')
          impure.push(`${relative(src, file)}: ${target}`);
      }
      const code = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
      for (const word of code.match(
        /\b(?:Date\.now|new Date|performance\.now|Math\.random|process\.|console\.|setTimeout|setInterval)\b/g,
      ) ?? []) {
        impure.push(`${relative(src, file)}: ${word}`);
      }
    }
    expect(impure).toEqual([]);
  });

  it('keeps functions that differ between engine versions out of the engine', () => {
    const found: string[] = [];
    for (const file of sources.filter((name) => folderOf(name) === 'sim' && !isTest(name))) {
      const code = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
      for (const word of code.match(
        /\bMath\.(?:exp|pow|log\w*|sin|cos|tan|a?sinh?|a?cosh?|a?tanh?2?|cbrt|hypot|random)\b|\*\*/g,
      ) ?? []) {
        found.push(`${relative(src, file)}: ${word}`);
      }
    }
    expect(found).toEqual([]);
  });

  it('has no folder that says nothing', () => {
    const vague = sources
      .flatMap((file) => relative(src, file).split(sep))
      .filter((part) => /^(?:utils?|common|helpers?|core|misc|shared)(?:\.ts)?$/.test(part));
    expect(vague).toEqual([]);
  });
});
