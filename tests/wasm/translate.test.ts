import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { translatePhases } from '../../scripts/wasm/compile.ts';
import { Translation } from '../../scripts/wasm/translate.ts';
import { VEHICLE_WORDS } from '../../src/sim/state.ts';

const folder = mkdtempSync(join(tmpdir(), 'translate-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
async function translate(text: string): Promise<string> {
  const file = join(folder, `file${files++}.ts`);
  writeFileSync(file, text);
  const translation = new Translation({
    f64: 'f64',
    i32: 'i32',
    state: { head: 'i32', shows: 'u8' },
    net: { lanes: 'int' },
  });
  await translation.add(pathToFileURL(file).href, 'run');
  return translation.text;
}

const run = (body: string): string => `const AT = 3;\nexport function run(w: World, v: i32): void {\n  ${body}\n}\n`;

describe('translation to AssemblyScript', () => {
  it('makes tables addresses, with what is constant in the instruction', async () => {
    const text = await translate(run('const { f64: F } = w;\n  F[v + AT] = F[v]! / 2;'));
    expect(text).toContain(
      'store<f64>(F + (<usize>(v) << 3), <f64>((<f64>(load<f64>(F + (<usize>(v) << 3), 0)) / <f64>(2))), 24)',
    );
  });

  it('takes along what a function calls', async () => {
    const text = await translate(
      `${run('w.state.head[v] = next(w, v);')}function next(w: World, v: i32): i32 {\n  return w.net.lanes + v;\n}\n`,
    );
    expect(text).toMatch(/function file\d+_next\(w: usize, state_: usize, v: i32\): i32/);
  });

  it('copies four words at once where records are sorted, unless every read is looked at', async () => {
    const stores = ({ text }: Translation) => (text.match(/v128\.store/g) ?? []).length;
    expect(stores(await translatePhases(false))).toBe((2 * VEHICLE_WORDS) / 4);
    expect(stores(await translatePhases(true))).toBe(0);
  });

  it.each([
    ['a number of no kind', 'const x: number = v;', /file\d+\.ts:3: neither i32 nor f64.*number/],
    ['a closure', 'const f = () => v;', /file\d+\.ts:3: ArrowFunctionExpression is not understood/],
    ['a table of nobody', 'w.state.tail[v] = 1;', /file\d+\.ts:3: no part of the world: w\.state\.tail/],
    ['an unknown function', 'other(w, v);', /file\d+\.ts:3: no known function: other/],
    ['a name of nothing', 'w.state.head[v] = there;', /file\d+\.ts:3: neither local nor constant: there/],
  ])('names the place of %s', async (_, body, fault) => {
    await expect(translate(run(body))).rejects.toThrow(fault);
  });
});
