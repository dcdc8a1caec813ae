import { UrbaneError } from '../../units/errors.ts';

/** Longest line taken, in characters: far more than the observation of a large city. */
const LONGEST_LINE = 64 * 1024 * 1024;

/**
 * Cuts a stream of text or bytes into lines without their ends; the last one needs none. A line that is too long comes as
 * an UrbaneError in its place and the rest goes on.
 */
export async function* splitLines(
  source: AsyncIterable<Uint8Array | string>,
  longest: number = LONGEST_LINE,
): AsyncGenerator<string | UrbaneError> {
  const decoder = new TextDecoder();
  let held = '';
  let skipping = false;
  for await (const chunk of source) {
    const pieces = (typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true })).split('\n');
    for (let k = 0; k < pieces.length - 1; k++) {
      const line = held + pieces[k];
      held = '';
      if (skipping || line.length > longest) yield tooLong(longest);
      else yield line.endsWith('\r') ? line.slice(0, -1) : line;
      skipping = false;
    }
    held += pieces[pieces.length - 1];
    if (held.length > longest) {
      held = '';
      skipping = true;
    }
  }
  if (skipping) yield tooLong(longest);
  else if (held !== '') yield held;
}

function tooLong(longest: number): UrbaneError {
  return new UrbaneError('bad-observation', `A line is longer than ${longest} characters.`);
}
