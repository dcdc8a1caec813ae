import { expect, it } from 'vitest';
import { matchOregonTables, OREGON_TABLES } from '../../bench/measures-tables.ts';
import { describeWithData } from '../../tests/data.ts';

describeWithData('Oregon tables', (data) => {
  it('are met row by row, with the faults of the original', async () => {
    const matches = await matchOregonTables(data, true);
    expect(matches.map((match) => match.table).sort()).toEqual(OREGON_TABLES);
    for (const match of matches) {
      expect(match, match.table).toMatchObject({ matched: match.expected, missing: [], extra: [] });
      expect(match.expected, match.table).toBeGreaterThan(0);
    }
  });

  it('have no row with the faults corrected that the original has not, in this log', async () => {
    const extra = (await matchOregonTables(data, false)).flatMap((match) => match.extra);
    expect(extra).toEqual([]);
  });
});
