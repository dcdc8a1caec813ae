import { open, rename, rm, writeFile } from 'node:fs/promises';
import { UrbaneError } from '../units/errors.ts';

/** Before the first run, so that nobody waits an hour for a file that cannot be written. */
export async function checkWritable(file: string): Promise<void> {
  const opened = await open(file, 'a').catch((fault) => refuseFile(file, fault));
  await opened.close();
}

export async function writeOutput(file: string, content: string): Promise<void> {
  await writeFile(file, content).catch((fault) => refuseFile(file, fault));
}

/** Writes the whole file or none: first beside it, then in its place. */
export async function writeWhole(file: string, content: Uint8Array | string): Promise<void> {
  const beside = `${file}.${process.pid}.part`;
  try {
    await writeFile(beside, content);
    await rename(beside, file);
  } catch (fault) {
    await rm(beside, { force: true });
    refuseFile(file, fault);
  }
}

function refuseFile(file: string, fault: unknown): never {
  const why = fault instanceof Error && 'code' in fault ? String(fault.code) : String(fault);
  throw new UrbaneError(
    'missing-file',
    `${file} cannot be written (${why}).`,
    'Name a file in a folder that exists and may be written.',
  );
}
