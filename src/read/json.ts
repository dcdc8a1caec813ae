import type { StaticDecode, TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { UrbaneError } from '../units/errors.ts';
import type { ByteSource } from './source.ts';

/** Longer documents are refused: they are held whole. */
const MOST_CHARACTERS = 256 * 1024 * 1024;

/** The text of a source. Throws UrbaneError `bad-input` past 256 Mi characters. */
export async function readText(source: ByteSource): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of source.open()) {
    text += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
    if (text.length > MOST_CHARACTERS) {
      throw new UrbaneError(
        'bad-input',
        `${source.name} is longer than ${MOST_CHARACTERS} characters.`,
        'Cut it into smaller files.',
      );
    }
  }
  return text + decoder.decode();
}

/** The value of a JSON document. Throws UrbaneError `bad-input` with the parser's own words. */
export async function readJson(source: ByteSource): Promise<unknown> {
  const text = await readText(source);
  try {
    return JSON.parse(text);
  } catch (fault) {
    const why = fault instanceof Error ? fault.message.slice(0, 120) : 'it does not parse';
    throw new UrbaneError(
      'bad-input',
      `${source.name} is not whole JSON: ${why}.`,
      'The file is damaged or cut off: fetch or export it again.',
    );
  }
}

/** A check of parsed JSON against a schema: gives the value its type, or throws `bad-input` that names the place. */
export function createJsonCheck<Schema extends TSchema>(
  schema: Schema,
  what: string,
): (value: unknown, file: string) => StaticDecode<Schema> {
  const check = Compile(schema);
  return (value, file) => {
    if (check.Check(value)) return value as StaticDecode<Schema>;
    const [first] = check.Errors(value);
    const place = first?.instancePath ? `at "${first.instancePath.slice(0, 100)}": ` : '';
    throw new UrbaneError(
      'bad-input',
      `${file} is no ${what}: ${place}${first?.message ?? 'it does not fit'}.`,
      'Correct the named value and read the file again.',
    );
  };
}
