import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { SaxesParser } from 'saxes';
import { describe, expect, it } from 'vitest';
import { XmlScanner } from './scanner.ts';

const FIXTURES = fileURLToPath(new URL('../../../fixtures/', import.meta.url));

/** What is told of a document, and whether it is taken. */
interface Told {
  readonly events: unknown[];
  readonly isTaken: boolean;
}

function scan(pieces: readonly string[]): Told {
  const events: unknown[] = [];
  const scanner = new XmlScanner(
    {
      open: (name, attributes) => events.push([name, Object.entries(attributes), scanner.line]),
      close: (name) => events.push(name),
    },
    (what) => new Error(what),
  );
  try {
    for (const piece of pieces) scanner.write(piece);
    scanner.close();
    return { events, isTaken: true };
  } catch {
    return { events, isTaken: false };
  }
}

/** The oracle; a document type ends it, as it ends the scanner. */
function parse(pieces: readonly string[]): Told {
  const events: unknown[] = [];
  const parser = new SaxesParser({ xmlns: false, position: true });
  const fail = (error?: Error) => {
    throw error ?? new Error('a document type');
  };
  parser.on('error', fail);
  parser.on('doctype', () => fail());
  parser.on('opentag', ({ name, attributes }) => events.push([name, Object.entries(attributes), parser.line]));
  parser.on('closetag', ({ name }) => events.push(name));
  try {
    for (const piece of pieces) parser.write(piece);
    parser.close();
    return { events, isTaken: true };
  } catch {
    return { events, isTaken: false };
  }
}

function cut(text: string, places: readonly number[]): string[] {
  const at = [0, ...places.map((place) => place % (text.length + 1)).sort((a, b) => a - b), text.length];
  return at.slice(1).map((to, i) => text.slice(at[i], to));
}

const expectSame = (text: string, places: readonly number[]) => {
  const [ours, theirs] = [scan(cut(text, places)), parse([text])];
  expect(ours.isTaken, JSON.stringify(text.slice(0, 300))).toBe(theirs.isTaken);
  if (theirs.isTaken) expect(ours.events).toEqual(theirs.events);
};

const PARTS = [
  ...[
    '<a>',
    '</a>',
    '<a/>',
    '<b ',
    'c="1"',
    "d='&lt;2'",
    ' ',
    '\n',
    '\r\n',
    '\r',
    '>',
    '/>',
    '</b>',
    '</b >',
    '< a>',
    '</ a>',
  ],
  ...[
    '<!-- x -->',
    '<!-- x--y -->',
    '<!--->',
    '<![CDATA[ <x> ]]>',
    ']]>',
    '<?xml version="1.0"?>',
    '<?p i?>',
    '<?xml?>',
    '<?p?>',
  ],
  ...[
    '&amp;',
    '&#65;',
    '&#x1F600;',
    '&#0;',
    '&#xD800;',
    '&',
    '&nothing;',
    '&amp',
    'text',
    '"',
    "'",
    '=',
    'é="ü"',
    '<é>',
    '</é>',
  ],
  ...[
    '\u0001',
    '\uFFFF',

    '\u{1F600}',
    '\uFEFF',
    '<a b="1" b="2">',
    '<a b="1"c="2">',
    '<a b=1>',
    '<a b>',
    '<-a>',
    '<a-.1>',
  ],
  ...[
    '<a __proto__="p" constructor="q">',
    '<a b="x\ty\nz">',
    '<a b="<">',
    '<!DOCTYPE a>',
    '<!',
    '<',
    '<?',
    '</',
    '</a',
  ],
];

describe('the scanner beside saxes', () => {
  it('tells the same of documents made of odd parts, however they are cut', () => {
    const parts = fc.array(fc.constantFrom(...PARTS), { maxLength: 14 });
    const wrapped = fc
      .tuple(fc.boolean(), parts)
      .map(([isWhole, list]) => (isWhole ? `<r>${list.join('')}</r>` : list.join('')));
    fc.assert(fc.property(wrapped, fc.array(fc.nat(400), { maxLength: 6 }), expectSame), { numRuns: 6000 });
  });

  it('tells the same of networks and of what damage makes of them', async () => {
    for (const name of ['valid/cross/cross.net.xml', 'valid/cross/cross.rou.xml', 'valid/osm/town.osm']) {
      const text = await readFile(`${FIXTURES}${name}`, 'utf8');
      expectSame(text, [100, 1000, 1001, 5000]);
      expect(scan(Array.from(text)).events).toEqual(parse([text]).events);
      const damage = fc.tuple(
        fc.nat(text.length),
        fc.nat(6),
        fc.constantFrom('', '<', '>', '"', '&', '/', '\u0000', 'é', ' ', ']]>'),
      );
      fc.assert(
        fc.property(damage, fc.nat(text.length), ([at, gone, put], place) =>
          expectSame(text.slice(0, at) + put + text.slice(at + gone), [place]),
        ),
        { numRuns: 60 },
      );
    }
  });

  it('refuses a tag that never ends before it fills the memory', () => {
    const pieces = ['<a b="', ...Array.from({ length: 20 }, () => 'x'.repeat(1024 * 1024))];
    expect(() => {
      const scanner = new XmlScanner({ open: () => {}, close: () => {} }, (what) => new Error(what));
      for (const piece of pieces) scanner.write(piece);
    }).toThrow(/a piece is longer than/);
  });
});
