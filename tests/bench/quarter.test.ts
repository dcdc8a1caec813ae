import { describe, expect, it } from 'vitest';
import { compareKinds, readDurations } from '../../bench/engine/quarter.ts';

const OUTPUT = `<tripinfos>
  <tripinfo id="a" vType="bus" duration="100.00" arrival="120.00"/>
  <tripinfo id="b" vType="bus" duration="80.00" arrival="-1.00"/>
  <personinfo id="p" type="DEFAULT_PEDTYPE"><walk duration="30.00" arrival="35.00"/></personinfo>
  <personinfo id="q" type="DEFAULT_PEDTYPE"><walk duration="-9.00" arrival="-1.00"/></personinfo>
</tripinfos>`;

describe('kinds of traffic', () => {
  it("are read from SUMO's output, those who arrived", () => {
    expect([...readDurations(OUTPUT)]).toEqual([
      ['bus', [100]],
      ['on foot', [30]],
    ]);
  });

  it("are inside 3 %, or twice SUMO's standard error", () => {
    const runs = (...means: number[]) => means.map((seconds) => new Map([['bus', [seconds - 1, seconds + 1]]]));
    const [close] = compareKinds(runs(103, 103), runs(101, 101));
    expect(close).toMatchObject({ kind: 'bus', arrived: 2, durationS: 103, referenceS: 101, bound: 0.03 });
    expect(close?.off).toBeCloseTo(2 / 101, 9);
    const [noisy] = compareKinds(runs(100, 100), runs(90, 110));
    expect(noisy?.bound).toBeCloseTo(0.2, 9);
    expect(compareKinds(runs(100), runs(100))[0]?.bound).toBe(0.03);
  });
});
