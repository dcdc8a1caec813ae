import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Brain } from '../../src/brain/brain.ts';
import { loadScenario } from '../../src/field/load.ts';
import { createSimStreet } from '../../src/field/sim/street.ts';
import { Guard } from '../../src/guard/guard.ts';
import { grantAll, rulesFromProgram } from '../../src/guard/rules.ts';
import { CONTROLLERS } from '../../src/signals/registry.ts';
import { parseDegradation } from '../../src/street/degrade.ts';
import { SensorLayer } from '../../src/street/sensors.ts';
import { findChinese, sayReason } from '../../web/src/words/reasons.ts';

const QUARTER = fileURLToPath(new URL('../../fixtures/quarter', import.meta.url));

/** Every clause a controller gives in three minutes on the quarter. */
async function listReasons(name: string, degrade: string): Promise<Set<string>> {
  const said = new Set<string>();
  const { scenario } = await loadScenario(QUARTER);
  const { city } = scenario;
  const street = createSimStreet(scenario, { seed: 1 });
  const rules = city.signals.map((_, signal) => rulesFromProgram(city, signal));
  const controller = CONTROLLERS[name]?.({ city, signals: city.signals.map((_, k) => k), timing: rules }) ?? null;
  const brain = new Brain({
    street,
    sensors: new SensorLayer(city, { level: 'camera', seed: 1, degrade: parseDegradation(degrade) }),
    controller,
    guard: new Guard(city, rules, grantAll(city, name, Number.POSITIVE_INFINITY)),
    stepS: 1,
    record: (line) => {
      const { kind, why } = JSON.parse(line) as { kind: string; why?: string };
      if (kind === 'decision' && why !== undefined) said.add(why);
    },
  });
  while (street.timeMs < Math.min(scenario.endMs, scenario.beginMs + 180_000)) await brain.tick();
  await street[Symbol.asyncDispose]();
  return said;
}

describe('the reasons of controllers', () => {
  for (const name of Object.keys(CONTROLLERS).filter((each) => each !== 'fixed')) {
    it(`of ${name} have Chinese, in health and with broken sensors`, async () => {
      for (const degrade of ['dead=0', 'dead=0.5', 'dead=1']) {
        const said = await listReasons(name, degrade);
        expect([...said].filter((clause) => findChinese(clause) === null)).toEqual([]);
        if (degrade === 'dead=0') expect(said.size).toBeGreaterThan(2);
      }
    });
  }

  it('keep their numbers, and stay English to an English reader', () => {
    const clause = 'changes: 186 veh-s of delay ahead against 322';
    expect(sayReason(clause, 'zh')).toBe('切换：预计延误 186 辆·秒，否则 322');
    expect(sayReason(clause, 'en')).toBe(clause);
    expect(
      sayReason('changes: 9 veh-s of delay ahead against 12; 2 of 5 lanes not believed (dead, late): actuated', 'zh'),
    ).toBe('切换：预计延误 9 辆·秒，否则 12；5 条车道中 2 条不可信（无数据, 迟到），改用感应控制');
    expect(sayReason('its own program: 3 of 3 lanes not believed (dead)', 'zh')).toBe(
      '运行自身方案：3 条车道中 3 条不可信（无数据）',
    );
    expect(sayReason('more waits than a cycle can serve: this queue goes on', 'zh')).toContain('队列');
    expect(sayReason('something new', 'zh')).toBe('something new');
  });
});
