import { createReadStream } from 'node:fs';
import { open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import type { StaticDecode, TObject } from 'typebox';
import { Compile } from 'typebox/compile';
import type { ByteSource } from '../read/source.ts';
import { UrbaneError } from '../units/errors.ts';

/** What stands at a path; throws UrbaneError `missing-file` when nothing does. */
export async function getKind(path: string): Promise<'file' | 'folder'> {
  try {
    const found = await stat(path);
    return found.isDirectory() ? 'folder' : 'file';
  } catch {
    throw new UrbaneError('missing-file', `${path} does not exist.`);
  }
}

async function isGzip(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const head = new Uint8Array(2);
    await file.read(head, 0, 2, 0);
    return head[0] === 0x1f && head[1] === 0x8b;
  } finally {
    await file.close();
  }
}

/**
 * A file as readers see it; gz is unpacked on the way, recognised by its first bytes. The name in messages is `name`.
 * Opening throws `missing-file`; a damaged gz throws `bad-xml`.
 */
export function openFile(path: string, name: string = path): ByteSource {
  return {
    name,
    async *open() {
      if ((await getKind(path)) === 'folder') throw new UrbaneError('missing-file', `${name} is a folder, not a file.`);
      if (!(await isGzip(path))) {
        yield* createReadStream(path) as AsyncIterable<Uint8Array>;
        return;
      }
      const input = createReadStream(path);
      const unpacked = createGunzip();
      input.on('error', (error) => unpacked.destroy(error));
      try {
        yield* input.pipe(unpacked) as AsyncIterable<Uint8Array>;
      } catch (error) {
        if (!isZlibError(error)) throw error;
        throw new UrbaneError('bad-xml', `${name}: the gz is damaged or cut off (${error.message}).`);
      } finally {
        input.destroy();
      }
    },
  };
}

function isZlibError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('Z_');
}

/**
 * A reader of a JSON file that Urbane wrote itself, by its schema with `format` and `version`. `what` names its content ("plans"),
 * `command` who writes it. Throws UrbaneError where it is none, is damaged or of a later version.
 */
export function createOwnFileReader<Schema extends TObject>(
  schema: Schema,
  { format, what, command }: { readonly format: string; readonly what: string; readonly command: string },
): (path: string) => Promise<StaticDecode<Schema>> {
  const check = Compile(schema);
  return async (path) => {
    if ((await getKind(path)) === 'folder') throw new UrbaneError('missing-file', `${path} is a folder, not a file.`);
    const value = parseOrNull(await readFile(path, 'utf8'));
    if (typeof value !== 'object' || value === null || !('format' in value) || value.format !== format) {
      throw new UrbaneError('bad-input', `${path} holds no ${what}.`, `Name a file that \`${command} --out\` wrote.`);
    }
    if ('version' in value && typeof value.version === 'number' && value.version > 1) {
      throw new UrbaneError(
        'bad-input',
        `${path}: ${what} of version ${value.version}; this Urbane reads version 1.`,
        `Update Urbane, or run \`${command}\` again.`,
      );
    }
    if (check.Check(value)) return value as StaticDecode<Schema>;
    const [first] = check.Errors(value);
    const why = first?.message === 'schema is false' ? 'is not known' : (first?.message ?? 'is not as it should be');
    throw new UrbaneError(
      'bad-input',
      `${path}: ${first?.instancePath || 'the document'} ${why}.`,
      `Run \`${command}\` again, or correct the named value.`,
    );
  };
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
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

/** Throws the UrbaneError for a file that cannot be written. */
export function refuseFile(file: string, fault: unknown): never {
  const why = fault instanceof Error && 'code' in fault ? String(fault.code) : String(fault);
  throw new UrbaneError(
    'missing-file',
    `${file} cannot be written (${why}).`,
    'Name a file in a folder that exists and may be written.',
  );
}
