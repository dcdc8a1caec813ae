import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TableFiles } from '../field/controller-log/table-files.ts';
import { type Cell, Table } from '../measures/table.ts';
import type { TableDocument } from '../measures/table-document.ts';
import { Zone } from '../units/zone.ts';

/** A table of a junction's page as a file, as `urbane measure` writes it; times are local ones of the zone. */
export async function exportTable(
  { name, columns }: TableDocument,
  device: string,
  zone: string,
  format: 'parquet' | 'csv',
): Promise<Uint8Array> {
  const table = new Table(name, Object.fromEntries(columns.map((column) => [column.name, column.type])));
  const rows = columns[0]?.cells.length ?? 0;
  for (let row = 0; row < rows; row++) {
    table.push(
      ...columns.map(({ type, cells }): Cell => {
        if (type === 'device') return 0;
        return cells[row] ?? (type === 'text' ? '' : Number.NaN);
      }),
    );
  }
  const folder = await mkdtemp(join(tmpdir(), 'urbane-table-'));
  const files = await TableFiles.open(folder, new Zone(zone));
  try {
    await files.begin([table]);
    files.add(table);
    const [written] = await files.write([device], format);
    return await readFile(written?.file ?? '');
  } finally {
    files.close();
    await rm(folder, { recursive: true });
  }
}
