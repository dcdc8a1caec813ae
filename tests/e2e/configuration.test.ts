import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ROOT, runUrbane } from './command.ts';

const CROSS = join(ROOT, 'fixtures/valid/cross');
const dir = mkdtempSync(join(tmpdir(), 'urbane-configuration-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const ARGS = ['--controller', 'max-pressure', '--seeds', '1', '--json'];

/** What a run of the crossing gives, simulators' times aside. */
async function judge(scenario: string): Promise<object> {
  const { code, stdout, stderr } = await runUrbane(['judge', scenario, ...ARGS]);
  expect(code, stderr).toBe(0);
  const [result] = JSON.parse(stdout) as object[];
  return { ...result, scenario: '', cpuS: 0, brainCpuS: 0 };
}

function writeScenario(folder: string, extra: string, files = (name: string) => name): string {
  mkdirSync(join(dir, folder), { recursive: true });
  for (const part of ['net', 'rou', 'add']) {
    copyFileSync(join(CROSS, `cross.${part}.xml`), join(dir, folder, files(`cross.${part}.xml`)));
  }
  const config = readFileSync(join(CROSS, 'cross.sumocfg'), 'utf8')
    .replaceAll(/cross\.(net|rou|add)\.xml/g, files)
    .replace('</configuration>', `${extra}</configuration>`);
  const file = join(dir, folder, files('case.sumocfg'));
  writeFileSync(file, config);
  return file;
}

describe('a configuration', () => {
  it('cannot make a judged run another one by its options', async () => {
    const file = writeScenario(
      'options',
      `<output><human-readable-time value="true"/><output-prefix value="mine_"/><vehroute-output value="v.xml"/>
        <vehroute-output.dua value="true"/><vehroute-output.internal value="true"/></output>
      <random_number><random value="true"/><seed value="99"/></random_number>
      <mesoscopic><mesosim value="true"/></mesoscopic>
      <processing><time-to-teleport value="5"/></processing>
      <report><verbose value="true"/><no-step-log value="false"/></report>
      <traci_server><remote-port value="8813"/></traci_server>`,
    );
    expect(await judge(file)).toEqual(await judge(CROSS));
    expect(readdirSync(join(dir, 'options'))).toHaveLength(4);
  });

  it('may lie in a folder with spaces and Chinese characters', async () => {
    const file = writeScenario('杭州 路网', '', (name) => name.replace('cross', '十字 路口'));
    expect(await judge(file)).toEqual(await judge(CROSS));
    const { code, stdout } = await runUrbane(['simulate', join(dir, '杭州 路网'), ...ARGS]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject([{ scenario: 'case' }]);
  });
});
