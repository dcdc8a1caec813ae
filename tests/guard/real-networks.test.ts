import { join } from 'node:path';
import { expect, it } from 'vitest';
import { getOwnProgram } from '../../src/city/greens.ts';
import { loadScenario } from '../../src/field/load.ts';
import { Guard, grantAll, rulesFromProgram } from '../../src/guard/guard.ts';
import { listDeclaredConflicts, planSignal } from '../../src/guard/plan.ts';
import { describeWithData } from '../data.ts';
import { Checker, JunctionFacts, type Violation } from './checker.ts';
import { Dice } from './dice.ts';

describeWithData('the guard over real networks', (data) => {
  it.each([
    ['cologne3', 3, '3+0', 0, 900],
    ['ingolstadt7', 7, '3+0', 1, 900],
    ['arterial4x4', 16, '3+0', 0, 900],
    ['hangzhou_4x4', 16, '0+5', 16, 900],
    ['nanchang_kdd2021', 859, '4+0', 93, 150],
  ])('keeps every rule on %s', async (name, count, intergreen, withDeclared, steps) => {
    const { city } = (await loadScenario(join(data, 'scenarios', name))).scenario;
    const rules = city.signals.map((_, signal) => rulesFromProgram(city, signal));
    const plans = city.signals.map((_, signal) => planSignal(city, signal));
    expect(city.signals.length).toBe(count);
    expect(`${rules[0]?.yellowS}+${rules[0]?.allRedS}`).toBe(intergreen);
    expect(city.signals.filter((_, signal) => listDeclaredConflicts(city, signal).length > 0).length).toBe(
      withDeclared,
    );

    const grants = grantAll(city, 'brain', Infinity);
    const guard = new Guard(city, rules, grants, plans);
    const found: Violation[] = [];
    const checkers = rules.map((rule, i) => new Checker(new JunctionFacts(city, i, true), rule, grants, found));
    const dice = new Dice(1);
    const lamps = city.signals.map((signal) => getOwnProgram(signal).phases[0]?.state ?? '');
    for (let step = 0; step < steps; step++) {
      const nowMs = step * 1000;
      const commands = city.signals.flatMap(({ id }, i) => {
        const stages = plans[i]?.stages ?? [];
        if (stages.length === 0 || !dice.chance(0.2)) return [];
        return [{ kind: 'stage' as const, signal: id, stage: dice.pick(stages), by: 'brain', issuedMs: nowMs }];
      });
      const before = lamps.slice();
      const { orders, answers } = guard.step(nowMs, before, commands);
      for (const order of orders) if (order.kind === 'show') lamps[order.signal] = order.state;
      const bySignal = Map.groupBy(orders, ({ signal }) => signal);
      const byId = Map.groupBy(answers, ({ command }) => command.signal);
      checkers.forEach((checker, i) => {
        checker.see({
          nowMs,
          before: before[i] ?? '',
          after: lamps[i] ?? '',
          orders: bySignal.get(i) ?? [],
          answers: byId.get(city.signals[i]?.id ?? '') ?? [],
        });
      });
    }
    expect(found.slice(0, 3)).toEqual([]);
    expect(guard.listHeld().length).toBe(count);
  });
});
