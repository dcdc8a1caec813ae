import { open, writeFile } from 'node:fs/promises';
import { refuseFile } from '../field/files.ts';

/** Before the first run, so that nobody waits an hour for a file that cannot be written. */
export async function checkWritable(file: string): Promise<void> {
  const opened = await open(file, 'a').catch((fault) => refuseFile(file, fault));
  await opened.close();
}

export async function writeOutput(file: string, content: string): Promise<void> {
  await writeFile(file, content).catch((fault) => refuseFile(file, fault));
}
