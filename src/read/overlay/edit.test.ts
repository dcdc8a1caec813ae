import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkCity } from '../../city/check.ts';
import { type City, classBit } from '../../city/city.ts';
import { loadScenario } from '../../field/load.ts';
import { applyPlans } from '../plans/apply.ts';
import { sourceFrom } from '../source.ts';
import { editOverlay, ownIntergreen, type SiteEdit } from './edit.ts';
import { applyOverlay, readOverlay } from './overlay.ts';

const FIXTURES = fileURLToPath(new URL('../../../fixtures/valid/', import.meta.url));
const BY = { by: 'traffic-desk', why: 'as built' };
const LOOP = {
  signal: 'mid',
  channel: 1,
  phase: 0,
  kind: 'advance',
  lane: 'in-e_0',
  distanceM: 40,
  lengthM: 2,
} as const;
let city: City;
beforeAll(async () => {
  const { scenario } = await loadScenario(`${FIXTURES}cityflow/config.json`);
  city = applyPlans(scenario.city, { plans: [], schedule: [], detectors: [LOOP] }, null).city;
});

const put = (text: string | null, edit: SiteEdit, on = city) => editOverlay(text, on, 0, edit, BY);
const made = (text: string | null, edit: SiteEdit, on = city) => applyOverlay(on, put(text, edit).overlay, 'city.yaml');

describe('what is set on a site', () => {
  it('becomes a correction with what the map says, and goes again with the same value as the map has', () => {
    const before = city.lanes.find(({ id }) => id === 'in-e_0');
    const speedMps = before?.speedMps ?? 0;
    const { text, overlay } = put(null, {
      lanes: [{ lane: 'in-e_0', allowed: ['taxi', 'bus'], stop_line_m: 4, speed_mps: speedMps }],
    });
    expect(overlay.lanes?.[0]).toMatchObject({
      lane: 'in-e_0',
      allowed: ['taxi', 'bus'],
      stop_line_m: 4,
      was: { length_m: before?.lengthM },
      ...BY,
    });
    expect(Object.keys(overlay.lanes?.[0] ?? {})).not.toContain('speed_mps');
    const { city: corrected, report } = applyOverlay(city, overlay, 'city.yaml');
    expect(report.warnings).toEqual([]);
    expect(corrected.lanes.find(({ id }) => id === 'in-e_0')).toMatchObject({
      allowed: classBit('bus') | classBit('taxi'),
      lengthM: (before?.lengthM ?? 0) - 4,
    });
    const own = overlay.lanes?.[0]?.was?.allowed ?? [];
    const back = put(text, { lanes: [{ lane: 'in-e_0', allowed: own, stop_line_m: 0 }] });
    expect(back.overlay).toEqual({ format: 'urbane-overlay', version: 1 });
  });

  it('keeps comments, other entries and the first "was"', () => {
    const hand = `format: urbane-overlay
version: 1
# Checked on the street in May.
lanes:
  - lane: in-n_0 # the kerb lane
    speed_mps: 8.3
    was: { speed_mps: 12 }
  - lane: in-w_0
    speed_mps: 9
`;
    const { text, overlay } = put(hand, {
      lanes: [
        { lane: 'in-w_0', speed_mps: 10 },
        { lane: 'in-s_0', speed_mps: 7 },
      ],
    });
    expect(text).toContain('# Checked on the street in May.');
    expect(text).toContain('# the kerb lane');
    expect(overlay.lanes?.map(({ lane, speed_mps, was }) => [lane, speed_mps, was?.speed_mps])).toEqual([
      ['in-n_0', 8.3, 12],
      ['in-w_0', 10, city.lanes.find(({ id }) => id === 'in-w_0')?.speedMps],
      ['in-s_0', 7, city.lanes.find(({ id }) => id === 'in-s_0')?.speedMps],
    ]);
  });

  it('lengthens intergreens and never shortens them', () => {
    const ownS = ownIntergreen(city, 0, 'EBT', 'NBT') ?? 0;
    const { city: corrected } = made(null, { intergreens: [{ from: 'EBT', to: 'NBT', s: ownS + 2 }] });
    expect(ownIntergreen(corrected, 0, 'EBT', 'NBT')).toBe(ownS + 2);
    expect(() => put(null, { intergreens: [{ from: 'EBT', to: 'NBT', s: ownS - 1 }] })).toThrow(/does not shorten it/);
    expect(() => put(null, { intergreens: [{ from: 'EBT', to: 'WBT', s: 9 }] })).toThrow(
      /never changes from EBT to WBT/,
    );
    expect(() => put(null, { intergreens: [{ from: 'EBX', to: 'NBT', s: 9 }] })).toThrow(/does not have/);
  });

  it('moves, adds and removes detectors; a newer list that says otherwise is a conflict', () => {
    const moved = put(null, {
      detectors: [{ channel: 1, lane: 'in-e_0', distance_m: 55, length_m: 2, phase: 0, kind: 'advance' }],
    });
    expect(moved.overlay.detectors).toEqual([
      { signal: 'mid', channel: 1, lane: 'in-e_0', distance_m: 55, was: { distance_m: 40 }, ...BY },
    ]);
    expect(applyOverlay(city, moved.overlay, 'c').city.detectors).toMatchObject([
      { channel: 1, distanceM: 55, lengthM: 2 },
    ]);
    const newer = { ...city, detectors: city.detectors.map((one) => ({ ...one, distanceM: 42 })) };
    const { city: kept, report } = applyOverlay(newer, moved.overlay, 'c');
    expect(kept.detectors[0]?.distanceM).toBe(55);
    expect(report.warnings).toEqual([
      'conflict: detector 1 of mid on in-e_0 had distance_m 40 when it was corrected and has 42 now',
    ]);
    const added = put(moved.text, { detectors: [{ channel: 7, lane: 'in-n_0', distance_m: 1 }] });
    const both = applyOverlay(city, added.overlay, 'c').city;
    expect(both.detectors.map(({ channel, kind }) => [channel, kind])).toEqual([
      [1, 'advance'],
      [7, 'stop-line'],
    ]);
    expect(checkCity(both)).toEqual([]);
    const removed = put(added.text, {
      detectors: [1, 7].map((channel) => ({
        channel,
        lane: channel === 1 ? 'in-e_0' : 'in-n_0',
        remove: true as const,
      })),
    });
    expect(removed.overlay.detectors).toMatchObject([{ channel: 1, remove: true }]);
    expect(applyOverlay(city, removed.overlay, 'c').city.detectors).toEqual([]);
    const back = put(removed.text, {
      detectors: [{ channel: 1, lane: 'in-e_0', distance_m: 40, length_m: 2, phase: 0, kind: 'advance' }],
    });
    expect(back.overlay.detectors).toBeUndefined();
    const lost = applyOverlay(
      city,
      put(null, { detectors: [{ channel: 2, lane: 'in-e_0', distance_m: 900 }] }).overlay,
      'c',
    );
    expect(lost.report.dropped[0]?.why).toMatch(/lies 900 m before the stop line/);
  });

  it('is read again as it was written', async () => {
    const { text, overlay } = put(null, {
      groups: { K1: [0, 1, 2, 3, 4, 5, 6, 7], K2: [8, 9, 10, 11, 12, 13, 14, 15] },
      detectors: [{ channel: 3, lane: 'in-n_0', distance_m: 12 }],
    });
    expect(await readOverlay(sourceFrom('city.yaml', text))).toEqual(overlay);
    expect(applyOverlay(city, overlay, 'c').city.signals[0]?.groups.map(({ id }) => id)).toEqual(['K1', 'K2']);
    expect(() => put(null, { lanes: [{ lane: 'out-e_0', speed_mps: 5 }] })).toThrow(/does not lead to signal mid/);
  });
});
