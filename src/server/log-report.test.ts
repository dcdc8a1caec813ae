import { expect, it } from 'vitest';
import { EVENT, EventBuffer } from '../measures/event.ts';
import { Zone } from '../units/zone.ts';
import { JunctionPages } from './junction-pages.ts';
import { formatLogReport } from './log-report.ts';

it('shows every controller of a log, escaped, with its diagrams in local time', () => {
  const pages = new JunctionPages({
    zone: 'Asia/Shanghai',
    isLive: false,
    hasCity: false,
    dialect: 'oregon',
    corridors: [],
    keepMs: null,
  });
  pages.configure({
    roles: [{ device: 'a<b', channel: 5, phase: 2, function: 'Advance' }],
    inferred: [],
    findings: [],
  });
  const log = new EventBuffer(['a<b', 'c']);
  const begin = Date.UTC(2026, 2, 2, 0);
  for (let cycle = 0; cycle < 30; cycle++) {
    const at = begin + cycle * 60_000;
    for (const [s, code, parameter] of [
      [0, EVENT.beginGreen, 2],
      [10, EVENT.detectorOn, 5],
      [11, EVENT.detectorOff, 5],
      [30, EVENT.gapOut, 2],
      [30, EVENT.beginYellow, 2],
      [33, EVENT.beginRedClearance, 2],
    ] as const)
      for (const device of [0, 1]) log.push(at + s * 1000, device, code, parameter);
  }
  pages.push(log);
  const meta = { title: 'Measures', command: 'urbane measure', date: '2026-03-02', machine: 'here' };
  const page = formatLogReport(pages, new Zone('Asia/Shanghai'), meta);
  expect(page.match(/<h2>/g)).toHaveLength(2);
  expect(page).toContain('<h2>a&lt;b</h2>');
  expect(page).toContain('2026-03-02, 08:00 to 08:29:33 (Asia/Shanghai), 180 events');
  expect(page).toContain('phase 2: 100 % of 30 on green');
  expect(page).toContain('Arrivals on green');
  expect(page).not.toMatch(/NaN|undefined|a<b/);
});
