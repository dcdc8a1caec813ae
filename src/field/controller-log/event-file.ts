import { basename, dirname } from 'node:path';
import type { City } from '../../city/city.ts';
import { Table } from '../../measures/table.ts';
import type { Street } from '../../street/street.ts';
import { UrbaneError } from '../../units/errors.ts';
import { Zone } from '../../units/zone.ts';
import { writeDetectors } from './detectors.ts';
import { StreetLog } from './street-log.ts';
import { TableFiles } from './table-files.ts';

const FLUSH_ROWS = 50_000;

/**
 * What the controllers of a simulated street would log, as a Parquet file that `urbane measure` reads: TimeStamp (the
 * scenario's own clock, from 1970), DeviceId, EventId, Parameter; and the detectors it comes from, in
 * `<name>.detectors.csv` beside it.
 */
export class EventFile implements AsyncDisposable {
  readonly #log: StreetLog;
  readonly #file: string;
  readonly #files: TableFiles;
  readonly #table: Table;

  private constructor(log: StreetLog, file: string, files: TableFiles, table: Table) {
    this.#log = log;
    this.#file = file;
    this.#files = files;
    this.#table = table;
  }

  /** @param file ends in .parquet; throws UrbaneError where it does not or cannot be written, before anything is simulated */
  static async open(file: string, city: City, seed: number): Promise<EventFile> {
    if (!/.\.parquet$/.test(basename(file))) {
      throw new UrbaneError('bad-usage', `${file} does not end in .parquet.`, 'Name a .parquet file for the events.');
    }
    const log = new StreetLog(city, seed);
    await writeDetectors(`${file.slice(0, -'.parquet'.length)}.detectors.csv`, log.roles);
    const files = await TableFiles.open(dirname(file), new Zone('UTC'));
    const columns = { TimeStamp: 'time', DeviceId: 'device', EventId: 'smallint', Parameter: 'integer' } as const;
    const table = new Table(basename(file, '.parquet'), columns);
    await files.begin([table]);
    return new EventFile(log, file, files, table);
  }

  /** Takes what was logged in the last step. */
  read(street: Street): void {
    const { length, timeMs, device, code, parameter } = this.#log.read(street);
    for (let at = 0; at < length; at++) this.#table.push(timeMs[at]!, device[at]!, code[at]!, parameter[at]!);
    if (this.#table.length >= FLUSH_ROWS) this.#files.add(this.#table);
  }

  /** Writes the file. */
  async write(): Promise<string> {
    this.#files.add(this.#table);
    await this.#files.write(this.#log.events.devices, 'parquet');
    return this.#file;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#files.close();
  }
}
