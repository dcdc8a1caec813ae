import { describe, expect, it } from 'vitest';
import { plainCity, plainCrossing, plainMovement } from '../../tests/guard/junctions.ts';
import type { City, Phase } from '../city/city.ts';
import { dualRing, fixedOrder } from '../city/stage-order.ts';
import type { Command } from '../street/street.ts';
import { Guard } from './guard.ts';
import { listDeclaredConflicts, planSignal } from './plan.ts';
import { type Grant, grantAll, rulesFromProgram, type SignalRules } from './rules.ts';

const RULES: SignalRules = {
  yellowS: 3,
  allRedS: 2,
  minGreenS: 5,
  walkS: 5,
  maxGreenS: Infinity,
  longestRedS: 300,
  commandEveryS: 1,
  deadManS: 30,
  order: null,
};

/** Two crossing streams (links 0 and 1) and a right turn (link 2) that merges with link 1 and yields to it. */
function crossing(phases: readonly Phase[]): City {
  const movements = [
    plainMovement(0, { link: 0, conflicts: [1] }),
    plainMovement(1, { link: 1, conflicts: [0, 2] }),
    plainMovement(2, { link: 2, conflicts: [1], yieldsTo: [1] }),
  ];
  const programs = [{ id: '0', offsetS: 0, phases }];
  return plainCity([{ id: 'a', junctions: [0], links: [[0], [1], [2]], groups: [], programs }], movements);
}

const PHASES: readonly Phase[] = [
  { state: 'GrG', durationS: 30 },
  { state: 'yrG', durationS: 3 },
  { state: 'rrG', durationS: 2 },
  { state: 'rGg', durationS: 30 },
  { state: 'ryg', durationS: 3 },
];

/** A street that does as it is told. */
class Drive {
  lamps: string;
  nowMs = 0;
  readonly guard: Guard;

  constructor(
    rules: Partial<SignalRules>,
    { grants, phases = PHASES, lamps = 'GrG' }: { grants?: Grant[]; phases?: readonly Phase[]; lamps?: string } = {},
  ) {
    const city = crossing(phases);
    this.lamps = lamps;
    this.guard = new Guard(city, [{ ...RULES, ...rules }], grants ?? grantAll(city, 'brain', Infinity));
  }

  step(...commands: Command[]) {
    const result = this.guard.step(this.nowMs, [this.lamps], commands);
    for (const order of result.orders) if (order.kind === 'show') this.lamps = order.state;
    this.nowMs += 1000;
    return result;
  }

  /** Lamps after each of `seconds` steps, the same stage commanded in every one. */
  run(seconds: number, stage: number | null): string[] {
    return Array.from({ length: seconds }, () => {
      this.step(...(stage === null ? [] : [this.stage(stage)]));
      return this.lamps;
    });
  }

  stage(stage: number, by = 'brain'): Command {
    return { kind: 'stage', signal: 'a', stage, by, issuedMs: this.nowMs };
  }
}

describe('a change of stage', () => {
  it('keeps the minimum green, then yellow, all-red, and the turn as cautious as the more cautious stage', () => {
    const drive = new Drive({});
    expect(drive.run(12, 3)).toEqual([
      'GrG',
      'GrG',
      'GrG',
      'GrG',
      'GrG',
      'yrg',
      'yrg',
      'yrg',
      'rrg',
      'rrg',
      'rGg',
      'rGg',
    ]);
  });

  it('goes straight to all-red where yellow is 0', () => {
    const drive = new Drive({ yellowS: 0, allRedS: 5 });
    expect(drive.run(11, 3).slice(5)).toEqual(['rrg', 'rrg', 'rrg', 'rrg', 'rrg', 'rGg']);
  });

  it('needs no intergreen where no link loses its green', () => {
    const phases = [
      { state: 'Grr', durationS: 30 },
      { state: 'GrG', durationS: 30 },
      { state: 'rGg', durationS: 30 },
    ];
    const drive = new Drive({}, { phases, lamps: 'Grr' });
    expect(drive.run(7, 1)).toEqual(['Grr', 'Grr', 'Grr', 'Grr', 'Grr', 'GrG', 'GrG']);
  });

  it('gives a stop-then-go turn that had green its yellow and red before it may go on red', () => {
    const phases = [
      { state: 'GrG', durationS: 30 },
      { state: 'rGs', durationS: 30 },
    ];
    expect(new Drive({}, { phases }).run(11, 1).slice(4)).toEqual(['GrG', 'yry', 'yry', 'yry', 'rrr', 'rrr', 'rGs']);
  });

  it('answers what it does with each command', () => {
    const drive = new Drive({ commandEveryS: 0 });
    const said = (command: Command) => {
      const { answers } = drive.step(command);
      return [answers[0]?.result, answers[0]?.rule];
    };
    expect(said(drive.stage(3))).toEqual(['delayed', 'minimum green']);
    expect(said(drive.stage(0))).toEqual(['already-there', null]);
    drive.run(4, 0);
    expect(said(drive.stage(3))).toEqual(['accepted', null]);
    expect(said(drive.stage(0))).toEqual(['delayed', 'yellow']);
    drive.run(2, 0);
    expect(said(drive.stage(0))).toEqual(['delayed', 'all-red']);
    expect(said(drive.stage(1))).toEqual(['refused', 'unknown stage']);
    expect(said(drive.stage(0, 'stranger'))).toEqual(['refused', 'authority']);
    expect(said({ ...drive.stage(0), signal: 'b' })).toEqual(['refused', 'unknown signal']);
    expect(said({ ...drive.stage(0), issuedMs: drive.nowMs - 6000 })).toEqual(['refused', 'clock']);
  });

  it('tells a controller when a change would begin at once', () => {
    const drive = new Drive({});
    drive.run(5, 0);
    expect(drive.guard.status()[0]).toEqual({ stage: 0, changing: false, greenSinceMs: 0, mayChange: false });
    expect(drive.guard.status(drive.nowMs)[0]?.mayChange).toBe(true);
    drive.step(drive.stage(3));
    expect(drive.guard.status(drive.nowMs)[0]).toEqual({
      stage: 3,
      changing: true,
      greenSinceMs: 10_000,
      mayChange: false,
    });
  });
});

describe('limits and authority', () => {
  it('moves on at the maximum green', () => {
    const drive = new Drive({ maxGreenS: 10 });
    expect(drive.run(12, 0).lastIndexOf('GrG')).toBe(9);
  });

  it('forces a stage before its links have been red too long', () => {
    const drive = new Drive({ longestRedS: 60 });
    const lamps = drive.run(61, 0);
    const firstGreen = lamps.indexOf('rGg');
    expect(firstGreen).toBeGreaterThan(40);
    expect(firstGreen).toBeLessThanOrEqual(60);
  });

  it('refuses a longest red that no order of stages can keep', () => {
    expect(() => new Drive({ longestRedS: 20 })).toThrow(/longest red of 20 s cannot be kept.*2 stages/);
  });

  it('refuses times that are none', () => {
    expect(() => new Drive({ yellowS: -1 })).toThrow(/yellowS is -1/);
    expect(() => new Drive({ minGreenS: 10, maxGreenS: 5 })).toThrow(
      /maximum green 5 s is below the minimum green or walk of 10 s/,
    );
  });

  it('hands back when nobody speaks, when told to, and when the grant runs out', () => {
    const silent = new Drive({ deadManS: 10 });
    silent.run(1, 0);
    const steps = Array.from({ length: 12 }, () => silent.step());
    expect(steps.flatMap(({ orders }) => orders)).toEqual([{ kind: 'hand-back', signal: 0, phase: 0 }]);
    expect(steps.flatMap(({ interventions }) => interventions)[0]).toMatchObject({ signal: 0, rule: 'dead-man' });

    const released = new Drive({});
    released.run(3, 0);
    const release: Command = { kind: 'release', signal: 'a', by: 'brain', issuedMs: released.nowMs };
    expect(released.step(release).answers[0]?.result).toBe('accepted');
    expect(released.step().orders).toEqual([]);
    expect(released.step()).toMatchObject({ orders: [{ kind: 'hand-back', signal: 0, phase: 0 }], interventions: [] });

    const expiring = new Drive({}, { grants: [{ by: 'brain', signal: 'a', untilMs: 8000 }] });
    const orders = Array.from({ length: 20 }, () => expiring.step(expiring.stage(3)).orders).flat();
    expect(orders.at(-1)).toEqual({ kind: 'hand-back', signal: 0, phase: 3 });
    expect(expiring.lamps).toBe('rGg');
  });

  it('does not fight a street that shows something else', () => {
    const drive = new Drive({});
    drive.run(3, 0);
    const result = Array.from({ length: 5 }, () => {
      drive.lamps = 'rrr';
      return drive.step(drive.stage(3));
    });
    expect(result.flatMap(({ orders }) => orders)).toEqual([]);
    expect(result.flatMap(({ interventions }) => interventions).map(({ rule }) => rule)).toEqual(['lamps']);
    expect(result.at(-1)?.answers[0]).toMatchObject({ result: 'refused', rule: 'lamps' });
  });

  it('waits for a green stage of the own program', () => {
    const drive = new Drive({}, { lamps: 'ryg' });
    expect(drive.step(drive.stage(3)).answers[0]).toMatchObject({ result: 'delayed', rule: 'take-over' });
    expect(drive.guard.listHeld()).toEqual([]);
    drive.lamps = 'GrG';
    drive.step(drive.stage(3));
    expect(drive.guard.listHeld()).toEqual([0]);
  });
});

describe('rules from a program', () => {
  it('reads its longest yellow and all-red and its shortest minimum green', () => {
    expect(rulesFromProgram(crossing(PHASES), 0)).toMatchObject({
      yellowS: 3,
      allRedS: 2,
      minGreenS: 5,
      maxGreenS: Infinity,
    });
  });
});

describe('conflicting greens', () => {
  const clash: readonly Phase[] = [
    { state: 'GGr', durationS: 30 },
    { state: 'rGg', durationS: 30 },
  ];

  it('are declared where the own program shows them', () => {
    const city = crossing(clash);
    const declared = listDeclaredConflicts(city, 0);
    expect(declared).toEqual([{ link: 0, otherLink: 1, lamp: 'G', otherLamp: 'G', phase: 0 }]);
    expect(planSignal(city, 0)).toMatchObject({ stages: [0, 1], barred: [] });
  });

  it('bar a stage where nobody declared them', () => {
    const city = crossing(clash);
    const plans = [planSignal(city, 0, [])];
    expect(plans[0]).toMatchObject({ stages: [1], barred: [0] });
    const guard = new Guard(city, [RULES], grantAll(city, 'brain', Infinity), plans);
    const command: Command = { kind: 'stage', signal: 'a', stage: 0, by: 'brain', issuedMs: 0 };
    expect(guard.step(0, ['rGg'], [command]).answers[0]).toMatchObject({
      result: 'refused',
      rule: 'conflicting greens',
    });
  });

  it('are none where one gives way', () => {
    expect(listDeclaredConflicts(crossing(PHASES), 0)).toEqual([]);
  });
});

describe('people on foot', () => {
  /** Link 0 and link 1 cross; link 2 is a crossing over link 1's way, green with link 0. Walk ends 4 s before link 1 goes. */
  function walked(lengthM: number): City {
    const movements = [plainMovement(0, { link: 0, conflicts: [1] }), plainMovement(1, { link: 1, conflicts: [0] })];
    const phases = [
      { state: 'GrG', durationS: 20 },
      { state: 'yrr', durationS: 3 },
      { state: 'rrr', durationS: 2 },
      { state: 'rGr', durationS: 20 },
      { state: 'ryr', durationS: 3 },
    ];
    const programs = [{ id: '0', offsetS: 0, phases }];
    const signal = { id: 'a', junctions: [0], links: [[0], [1], []], groups: [], programs };
    return plainCity([signal], movements, [plainCrossing(0, { lengthM, link: 2, conflicts: [1] })]);
  }

  it('have their crossing cleared before vehicles drive across, who keep their green as long as that takes', () => {
    const city = walked(9);
    const plan = planSignal(city, 0);
    expect(plan.walks).toEqual([{ link: 2, clearMs: 5000, meets: [1] }]);
    const slow = { ...plan, walks: plan.walks.map((walk) => ({ ...walk, clearMs: 8000 })) };
    const guard = new Guard(city, [{ ...RULES, walkS: 7 }], grantAll(city, 'brain', Infinity), [slow]);
    let lamps = 'GrG';
    const seen = Array.from({ length: 18 }, (_, step) => {
      const command: Command = { kind: 'stage', signal: 'a', stage: 3, by: 'brain', issuedMs: step * 1000 };
      const { orders } = guard.step(step * 1000, [lamps], [command]);
      for (const order of orders) if (order.kind === 'show') lamps = order.state;
      return lamps;
    });
    const walk = Array.from({ length: 7 }, () => 'GrG');
    expect(seen).toEqual([...walk, 'Grr', 'Grr', 'Grr', 'yrr', 'yrr', 'yrr', 'rrr', 'rrr', 'rGr', 'rGr', 'rGr']);
  });

  it('have the clearance of their length at 1.2 m/s where their program gives more', () => {
    expect(planSignal(walked(3), 0).walks[0]?.clearMs).toBe(3000);
    expect(rulesFromProgram(walked(3), 0).walkS).toBe(5);
  });

  it('are never crossed by a protected green that nobody declared', () => {
    const city = walked(9);
    const program = { id: '0', offsetS: 0, phases: [{ state: 'rGG', durationS: 20 }] };
    const bold = { ...city, signals: city.signals.map((signal) => ({ ...signal, programs: [program] })) };
    expect(listDeclaredConflicts(bold, 0)).toMatchObject([{ link: 1, otherLink: 2, phase: 0 }]);
    expect(planSignal(bold, 0, []).barred).toContain(0);
  });
});

describe('the order of stages', () => {
  const THREE: readonly Phase[] = [
    { state: 'Grr', durationS: 20 },
    { state: 'yrr', durationS: 3 },
    { state: 'rGr', durationS: 20 },
    { state: 'ryr', durationS: 3 },
    { state: 'rrG', durationS: 20 },
    { state: 'rry', durationS: 3 },
  ];

  it('refuses a stage out of turn in one sentence, and lets what may be skipped be skipped', () => {
    const strict = new Drive({ order: fixedOrder([0, 2, 4]) }, { phases: THREE, lamps: 'Grr' });
    strict.run(8, 0);
    expect(strict.step(strict.stage(4)).answers).toMatchObject([
      { result: 'refused', rule: 'stage order', sentence: 'stage 4 may not follow stage 0; next is 2' },
    ]);
    expect(strict.step(strict.stage(2)).answers).toMatchObject([{ result: 'accepted' }]);
    const skipping = new Drive({ order: fixedOrder([0, 2, 4], [2]) }, { phases: THREE, lamps: 'Grr' });
    skipping.run(8, 0);
    expect(skipping.step(skipping.stage(4)).answers).toMatchObject([{ result: 'accepted' }]);
  });

  it('goes on in turn where the longest red forces it', () => {
    const drive = new Drive({ order: fixedOrder([0, 2, 4]), longestRedS: 60 }, { phases: THREE, lamps: 'Grr' });
    const greens = drive.run(200, 0).filter((lamps) => /G/.test(lamps));
    const order = greens.filter((lamps, k) => lamps !== greens[k - 1]);
    expect(order.slice(0, 6)).toEqual(['Grr', 'rGr', 'rrG', 'Grr', 'rGr', 'rrG']);
  });

  it('must lead round and serve everybody', () => {
    const phases = { phases: THREE, lamps: 'Grr' };
    expect(() => new Drive({ order: { ...fixedOrder([0, 2, 4]), round: [0, 2] } }, phases)).toThrow(
      /leads from stage 2 to no stage of its round/,
    );
    const order = dualRing([
      { stage: 0, places: [0, 0], side: 0 },
      { stage: 2, places: [0, 0], side: 1 },
      { stage: 4, places: [1, 1], side: 1 },
    ]);
    expect(() => new Drive({ order: { ...order, round: [0, 2] } }, phases)).toThrow(/never serves link 2/);
  });
});
