import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { UrbaneError } from '../units/errors.ts';

/** A decision record on disk, one line at a time. */
export interface RecordFile extends AsyncDisposable {
  readonly write: (line: string) => void;
  /** Resolves when every line is on disk; rejects with an UrbaneError when one could not be written. */
  close(): Promise<void>;
}

/** Creates the file or throws `missing-file` at once, before anything is simulated. */
export async function openRecord(file: string): Promise<RecordFile> {
  const stream = createWriteStream(file);
  const refuse = (fault: unknown): never => {
    const why = fault instanceof Error && 'code' in fault ? String(fault.code) : String(fault);
    throw new UrbaneError(
      'missing-file',
      `${file} cannot be written (${why}).`,
      'Name a file in a folder that exists, may be written and has room.',
    );
  };
  await once(stream, 'open').catch(refuse);
  let broken: unknown = null;
  stream.on('error', (fault) => {
    broken = fault;
  });
  return {
    write: (line) => {
      if (broken !== null) refuse(broken);
      stream.write(`${line}\n`);
    },
    close: async () => {
      if (broken !== null) refuse(broken);
      stream.end();
      await once(stream, 'close').catch(refuse);
    },
    [Symbol.asyncDispose]: async () => {
      stream.destroy();
    },
  };
}
