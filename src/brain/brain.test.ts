import { Value } from 'typebox/value';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { createCrossing } from '../../tests/crossing.ts';
import { plainCity, plainMovement } from '../../tests/guard/junctions.ts';
import { createFrame } from '../city/frame.ts';
import { fixedOrder } from '../city/stage-order.ts';
import { type Grant, Guard, grantAll, type SignalRules } from '../guard/guard.ts';
import type { Choice, Controller, SignalStatus } from '../signals/controller.ts';
import type { Observation } from '../street/observation.ts';
import type { Order, Street } from '../street/street.ts';
import { Brain, type BrainOptions, type Sensors } from './brain.ts';
import { DecisionLog } from './decision-log.ts';
import { ModeBook } from './mode-book.ts';
import { type DecisionRecord, DecisionRecordSchema, InterventionRecordSchema, RecordLineSchema } from './record.ts';

const RULES: SignalRules = {
  yellowS: 3,
  allRedS: 0,
  minGreenS: 5,
  walkS: 5,
  maxGreenS: Infinity,
  longestRedS: 300,
  commandEveryS: 1,
  deadManS: 30,
  order: null,
};

const CITY = plainCity(
  ['a', 'b'].map((id, signal) => ({
    id,
    junctions: [signal],
    links: [[2 * signal], [2 * signal + 1]],
    groups: [],
    programs: [
      {
        id: '0',
        offsetS: 0,
        phases: [
          { state: 'Gr', durationS: 30 },
          { state: 'yr', durationS: 3 },
          { state: 'rG', durationS: 30 },
          { state: 'ry', durationS: 3 },
        ],
      },
    ],
  })),
  [0, 1, 2, 3].map((index) =>
    plainMovement(index, { signal: index >> 1, link: index & 1, conflicts: [index ^ 1], fromLane: index }),
  ),
);

/** Two junctions that do as they are told; their own programs stand still. */
class TinyStreet implements Street {
  readonly city = CITY;
  readonly frame = createFrame(1);
  timeMs = 0;
  lamps: string[] = ['Gr', 'Gr'];
  readonly orders: Order[] = [];
  obeys = true;

  apply(orders: readonly Order[]): void {
    for (const order of orders) {
      this.orders.push(order);
      if (order.kind === 'show' && this.obeys) this.lamps[order.signal] = order.state;
    }
  }

  async advance(): Promise<void> {
    this.timeMs += 1000;
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** Sees two vehicles on lane 0 and one on lane 3. */
class TinySensors implements Sensors {
  readonly loops = [];

  observe(_: unknown, lamps: readonly string[]): Observation {
    return {
      cityVersion: 'v1',
      timeMs: 0,
      sensors: 'camera',
      signals: lamps,
      vehicles: {
        laneStart: Uint32Array.of(0, 2, 2, 2, 3),
        toEndM: Float32Array.of(1, 9, 4),
        speedMps: new Float32Array(3),
        kind: new Uint8Array(3),
        blind: new Uint8Array(4),
      },
      loops: null,
    };
  }
}

/** Chooses stage 2 for signal 0 from the given time on, and nothing for signal 1. */
class LateChooser implements Controller {
  readonly name = 'late';
  readonly decidedMs: number[] = [];
  observations = 0;
  readonly #fromMs: number;

  constructor(fromMs: number) {
    this.#fromMs = fromMs;
  }

  observe(): void {
    this.observations++;
  }

  decide(nowMs: number, _: readonly SignalStatus[]): Choice[] {
    this.decidedMs.push(nowMs);
    if (nowMs < this.#fromMs) return [];
    return [
      {
        signal: 0,
        stage: 2,
        alternatives: [
          { stage: 0, score: 1 },
          { stage: 2, score: 3.5 },
        ],
        why: 'pressure 3.5 against 1',
      },
    ];
  }
}

function start(
  controller: Controller | null,
  options: Partial<BrainOptions> = {},
  rules: Partial<SignalRules> = {},
  grants: Grant[] = grantAll(CITY, 'late', Infinity),
) {
  const street = new TinyStreet();
  const guard = new Guard(
    CITY,
    [0, 1].map(() => ({ ...RULES, ...rules })),
    grants,
  );
  const brain = new Brain({ street, sensors: new TinySensors(), controller, guard, stepS: 1, ...options });
  return { street, brain, guard };
}

async function run(brain: Brain, seconds: number): Promise<void> {
  for (let i = 0; i < seconds; i++) await brain.tick();
}

describe('the loop', () => {
  it('observes every second, decides every step, and moves the street through the guard alone', async () => {
    const controller = new LateChooser(0);
    const { street, brain } = start(controller, { stepS: 5 });
    await run(brain, 16);
    expect(controller.observations).toBe(16);
    expect(controller.decidedMs).toEqual([1000, 6000, 11_000, 16_000]);
    expect(street.orders.map((order) => order.kind === 'show' && order.state)).toEqual(['Gr', 'yr', 'rG']);
    expect(brain.decisions.list(0).map((line) => line.kind === 'decision' && line.answer.result)).toEqual([
      'already-there',
      'already-there',
      'accepted',
      'delayed',
    ]);
  });

  it('leaves every signal to its own program with fixed', async () => {
    const { street, brain, guard } = start(null);
    await run(brain, 40);
    expect(street.orders).toEqual([]);
    expect(guard.listHeld()).toEqual([]);
    expect(brain.decisions.counts.decisions).toBe(0);
  });

  it('sends nothing in mode observe and records the choice all the same', async () => {
    const { street, brain } = start(new LateChooser(0), { modes: ['observe', 'automatic'] });
    await run(brain, 10);
    expect(street.orders).toEqual([]);
    expect(brain.decisions.counts).toMatchObject({ decisions: 10, notSent: 10, accepted: 0 });
  });

  it('carries out in mode supervised what is approved, then lets the own program go on from there', async () => {
    const { street, brain, guard } = start(new LateChooser(0), { modes: ['supervised', 'automatic'] });
    await run(brain, 10);
    expect(street.orders).toEqual([]);
    const { proposal } = brain.modes.get(0);
    expect(proposal).toMatchObject({ id: 1, stage: 2, why: 'pressure 3.5 against 1', approvedBy: null });
    brain.modes.approve(0, 1, 'traffic-desk', street.timeMs);
    await run(brain, 20);
    expect(street.orders.map((order) => (order.kind === 'show' ? order.state : order.kind))).toEqual([
      'yr',
      'rG',
      'hand-back',
    ]);
    expect(guard.listHeld()).toEqual([]);
    expect(brain.modes.get(0)).toMatchObject({ proposal: null, proposals: 1 });
    expect(brain.modes.modeOf(0)).toBe('supervised');
  });

  it('lets go of a signal whose mode is taken back, and says in the record who did it', async () => {
    const lines: string[] = [];
    const { street, brain, guard } = start(new LateChooser(0), { record: (line) => lines.push(line) });
    await run(brain, 20);
    expect(guard.listHeld()).toEqual([0]);
    brain.modes.set(0, 'observe', { by: 'traffic-desk', untilMs: Infinity }, street.timeMs);
    await run(brain, 10);
    expect(guard.listHeld()).toEqual([]);
    const [change] = lines.map((line) => JSON.parse(line)).filter(({ kind }) => kind === 'mode');
    expect(change).toMatchObject({ signal: 'a', from: 'automatic', to: 'observe', by: 'traffic-desk' });
    expect(Value.Check(RecordLineSchema, change)).toBe(true);
    expect(brain.decisions.counts.modeChanges).toBe(1);
  });

  it('falls back by itself from lamps that do not obey, and from sensors that deliver nothing', async () => {
    const stubborn = start(new LateChooser(0));
    stubborn.street.obeys = false;
    await run(stubborn.brain, 20);
    expect(stubborn.brain.modes.modeOf(0)).toBe('observe');
    expect(stubborn.brain.modes.get(0).fell?.why).toContain('authority given up');

    const observation = new TinySensors().observe(null, ['Gr', 'Gr']);
    const roads = createCrossing();
    const dark = new ModeBook(roads, [], [], { by: 'test', untilMs: Infinity });
    const blind = new Uint8Array(roads.lanes.length).fill(1);
    const seen = { ...observation, vehicles: { ...observation.vehicles!, blind } };
    for (let second = 0; second <= 60; second++) dark.watch(seen, second * 1000);
    expect(dark.modeOf(0)).toBe('automatic');
    dark.watch(seen, 61_000);
    expect(dark.modeOf(0)).toBe('advise');
    expect(dark.drain()).toEqual([
      { signal: 0, from: 'automatic', to: 'advise', by: null, why: 'no sensor delivers for over 60 s' },
    ]);
  });

  it('falls back when nothing it commands is allowed any more', async () => {
    const { brain } = start(new LateChooser(0), {}, {}, grantAll(CITY, 'late', 20_000));
    await run(brain, 60);
    expect(brain.modes.modeOf(0)).toBe('advise');
  });

  it('goes step by step where the stages have an order', async () => {
    const { brain } = start(new LateChooser(0), {}, { order: fixedOrder([0, 2]) });
    await run(brain, 20);
    expect(brain.decisions.counts.byRule['stage order']).toBeUndefined();
    expect(brain.decisions.counts.accepted).toBeGreaterThan(0);
  });

  it('shows life for a signal its controller leaves out, so that the dead-man stays quiet', async () => {
    class Once extends LateChooser {
      override decide(nowMs: number, status: readonly SignalStatus[]): Choice[] {
        return nowMs === 6000 ? super.decide(nowMs, status) : [];
      }
    }
    const { brain, guard } = start(new Once(0), {}, { deadManS: 10 });
    await run(brain, 60);
    expect(guard.listHeld()).toEqual([0]);
    expect(brain.decisions.counts.interventions).toBe(0);
  });

  it('lets go of a signal that its controller hands back, and takes it again', async () => {
    class Blinking extends LateChooser {
      override decide(nowMs: number, status: readonly SignalStatus[]): Choice[] {
        const choices = super.decide(nowMs, status);
        const isBlind = nowMs >= 20_000 && nowMs < 40_000;
        return isBlind ? choices.map((choice) => ({ ...choice, handsBack: true })) : choices;
      }
    }
    const { street, brain, guard } = start(new Blinking(0));
    await run(brain, 19);
    expect(guard.listHeld()).toEqual([0]);
    await run(brain, 6);
    expect(guard.listHeld()).toEqual([]);
    expect(street.orders.filter(({ kind }) => kind === 'hand-back')).toEqual([
      { kind: 'hand-back', signal: 0, phase: 2 },
    ]);
    const answers = brain.decisions.list(0).map((line) => line.kind === 'decision' && line.answer.sentence);
    expect(answers[0]).toBe('its own program runs');
    expect(answers).toContain('goes back to its own program');
    await run(brain, 20);
    expect(guard.listHeld()).toEqual([0]);
  });

  it('decides at the interval of a controller that has its own', async () => {
    const controller = Object.assign(new LateChooser(0), { ownStepS: 2 });
    const { brain } = start(controller, { stepS: 10 });
    await run(brain, 4);
    expect(controller.decidedMs).toEqual([1000, 3000]);
  });

  it('measures its own time with the clock it is given', async () => {
    let nowMs = 0;
    const { brain } = start(new LateChooser(0), { clock: () => nowMs++ });
    await run(brain, 3);
    expect(brain.times).toEqual({ ticks: 3, lastMs: 1, meanMs: 1, maxMs: 1 });
  });
});

describe('the decision record', () => {
  const sample: DecisionRecord = {
    kind: 'decision',
    timeMs: 0,
    cityVersion: 'v1',
    signal: 'a',
    by: 'late',
    mode: 'automatic',
    sensors: 'camera',
    seen: [{ stage: 0, count: 2 }],
    alternatives: [{ stage: 0, score: 1 }],
    choice: 0,
    why: '',
    answer: { result: 'accepted', rule: null, sentence: '' },
  };

  it('says what was seen, weighed, chosen and answered, one JSON object a line', async () => {
    const lines: string[] = [];
    const { brain } = start(new LateChooser(6000), { record: (line) => lines.push(line) });
    await run(brain, 6);
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      {
        kind: 'decision',
        timeMs: 6000,
        cityVersion: 'v1',
        signal: 'a',
        by: 'late',
        mode: 'automatic',
        sensors: 'camera',
        seen: [
          { stage: 0, count: 2 },
          { stage: 2, count: 0 },
        ],
        alternatives: [
          { stage: 0, score: 1 },
          { stage: 2, score: 3.5 },
        ],
        choice: 2,
        why: 'pressure 3.5 against 1',
        answer: { result: 'accepted', rule: null, sentence: 'the change begins now' },
      },
    ]);
    expect(lines.every((line) => Value.Check(RecordLineSchema, JSON.parse(line)))).toBe(true);
  });

  it('holds what the guard does of its own accord', async () => {
    const lines: string[] = [];
    const { brain } = start(new LateChooser(0), { record: (line) => lines.push(line) }, { maxGreenS: 10 });
    await run(brain, 30);
    const interventions = lines.map((line) => JSON.parse(line)).filter(({ kind }) => kind === 'intervention');
    expect(interventions.length).toBeGreaterThan(0);
    expect(
      interventions.every((line) => Value.Check(InterventionRecordSchema, line) && line.rule === 'maximum green'),
    ).toBe(true);
  });

  it('has no place for an identity: any field more is refused, at every depth', () => {
    expect(Value.Check(RecordLineSchema, sample)).toBe(true);
    for (const field of ['plate', 'vehicle', 'driver', 'device', 'name', 'face']) {
      expect(Value.Check(RecordLineSchema, { ...sample, [field]: 'x' })).toBe(false);
      expect(Value.Check(RecordLineSchema, { ...sample, seen: [{ stage: 0, count: 1, [field]: 'x' }] })).toBe(false);
      expect(Value.Check(RecordLineSchema, { ...sample, answer: { ...sample.answer, [field]: 'x' } })).toBe(false);
      expect(Value.Check(RecordLineSchema, { ...sample, alternatives: [{ stage: 0, score: 1, [field]: 'x' }] })).toBe(
        false,
      );
      const movement = { from: 'a', to: 'b', vehicles: 1, delayS: 3 };
      expect(Value.Check(RecordLineSchema, { ...sample, movements: [movement] })).toBe(true);
      expect(Value.Check(RecordLineSchema, { ...sample, movements: [{ ...movement, [field]: 'x' }] })).toBe(false);
    }
  });

  it('has exactly these fields: adding one to the schema means changing this test', () => {
    const fields = ['kind', 'timeMs', 'cityVersion', 'signal'] as const;
    const ofDecision = [
      'by',
      'mode',
      'sensors',
      'seen',
      'alternatives',
      'choice',
      'movements',
      'why',
      'answer',
    ] as const;
    const ofMovement = ['from', 'to', 'vehicles', 'delayS'];
    expect(Object.keys(DecisionRecordSchema.properties)).toEqual([...fields, ...ofDecision]);
    expect(Object.keys(DecisionRecordSchema.properties.seen.items.properties)).toEqual(['stage', 'count']);
    expect(Object.keys(DecisionRecordSchema.properties.alternatives.items.properties)).toEqual(['stage', 'score']);
    expect(Object.keys(DecisionRecordSchema.properties.movements.items.properties)).toEqual(ofMovement);
    expect(Object.keys(DecisionRecordSchema.properties.answer.properties)).toEqual(['result', 'rule', 'sentence']);
    expect(Object.keys(InterventionRecordSchema.properties)).toEqual([...fields, 'rule', 'sentence']);
    expectTypeOf<keyof DecisionRecord>().toEqualTypeOf<(typeof fields)[number] | (typeof ofDecision)[number]>();
  });

  it('keeps the last 200 of a signal, newest first, and counts all', () => {
    const log = new DecisionLog(1);
    for (let i = 0; i < 1000; i++) log.add(0, { ...sample, timeMs: i });
    const kept = log.list(0);
    expect(kept.length).toBe(200);
    expect(kept[0]?.timeMs).toBe(999);
    expect(kept.at(-1)?.timeMs).toBe(800);
    expect(log.counts).toMatchObject({ decisions: 1000, accepted: 1000 });
  });

  it('keeps no more in all for a thousand signals than for two hundred', () => {
    const log = new DecisionLog(1000);
    for (let i = 0; i < 500; i++) log.add(7, { ...sample, timeMs: i });
    expect(log.list(7).length).toBe(40);
  });
});
