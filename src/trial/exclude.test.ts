import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { copyRoutes, copyWithout } from './exclude.ts';

const dir = mkdtempSync(join(tmpdir(), 'urbane-exclude-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const ROUTES = `<?xml version="1.0"?>
<routes><!-- kept: <vehicle id="b"/> -->
  <vType id="b"/>
  <vehicle id="a" depart="1"><route edges="x y"/></vehicle>
  <vehicle id="b" depart="2" name="1 &lt; 2">
    <route edges="x y"/><stop lane="x_0"/>
  </vehicle><trip id="c" depart="3" from="x" to="y"/>
  <flow id="d" begin="0" end="9" number="3"/>
</routes>
`;

describe('leaving trips out', () => {
  it('cuts exactly the elements named and keeps every other byte', () => {
    const file = join(dir, 'all.rou.xml');
    const copy = join(dir, 'copy.rou.xml');
    writeFileSync(file, ROUTES);
    const found = copyWithout(
      file,
      [
        { what: 'vehicle', id: 'b' },
        { what: 'trip', id: 'c' },
        { what: 'flow', id: 'zz' },
      ],
      copy,
    );
    expect([...found]).toEqual(['b', 'c']);
    const cut = ROUTES.slice(ROUTES.indexOf('<vehicle id="b" depart'), ROUTES.indexOf('<flow')).trimEnd();
    expect(readFileSync(copy, 'utf8')).toBe(ROUTES.replace(cut, ''));
  });

  it('reads .gz, and refuses an id that is nowhere', () => {
    const file = join(dir, 'all.rou.xml.gz');
    writeFileSync(file, gzipSync(ROUTES));
    const [copy] = copyRoutes([file], ['a'], [], dir);
    expect(copy).toMatch(/0-all\.rou\.xml$/);
    expect(readFileSync(copy ?? '', 'utf8')).not.toContain('id="a"');
    expect(() => copyRoutes([file], ['a', 'nobody'], [], dir)).toThrow(/"nobody"/);
  });
});
