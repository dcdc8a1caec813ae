import { open, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { refuseFile } from '../field/files.ts';
import type { DocumentMeta } from '../trial/page.ts';

/** Before the first run, so that nobody waits an hour for a file that cannot be written. */
export async function checkWritable(file: string): Promise<void> {
  const opened = await open(file, 'a').catch((fault) => refuseFile(file, fault));
  await opened.close();
}

export async function writeOutput(file: string, content: string): Promise<void> {
  await writeFile(file, content).catch((fault) => refuseFile(file, fault));
}

/** The head of a page that this run of a command writes. */
export function describeRun(title: string): DocumentMeta {
  return {
    title,
    command: `urbane ${process.argv.slice(2).join(' ')}`,
    date: `${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC`,
    machine: `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}`,
  };
}
