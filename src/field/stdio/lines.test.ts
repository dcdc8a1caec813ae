import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UrbaneError } from '../../units/errors.ts';
import { splitLines } from './lines.ts';

async function split(chunks: readonly (string | Uint8Array)[], longest?: number): Promise<(string | UrbaneError)[]> {
  async function* source(): AsyncGenerator<string | Uint8Array> {
    yield* chunks;
  }
  const lines: (string | UrbaneError)[] = [];
  for await (const line of splitLines(source(), longest)) lines.push(line);
  return lines;
}

describe('lines', () => {
  it('come whole however the stream is cut, in bytes or text', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: 'grapheme' })), fc.array(fc.nat(200)), async (texts, cuts) => {
        const lines = texts.map((text) => text.replace(/[\r\n]/g, ''));
        const bytes = new TextEncoder().encode(lines.map((line) => `${line}\r\n`).join(''));
        const places = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
        const chunks = places.slice(1).map((end, k) => bytes.subarray(places[k], end));
        expect(await split(chunks)).toEqual(lines);
      }),
    );
  });

  it('need no end at the end', async () => {
    expect(await split(['a\nb'])).toEqual(['a', 'b']);
  });

  it('that are too long are named and skipped', async () => {
    const found = await split(['12345', '678901', '2\nok\n', 'far too long\n', 'x'.repeat(20)], 10);
    expect(found.map((line) => (line instanceof UrbaneError ? line.code : line))).toEqual([
      'bad-observation',
      'ok',
      'bad-observation',
      'bad-observation',
    ]);
  });
});
