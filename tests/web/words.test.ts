import { describe, expect, it } from 'vitest';
import { RULES } from '../../src/guard/rules.ts';
import { LAMP_ORDER } from '../../src/server/wire.ts';
import { en } from '../../web/src/words/en.ts';
import { zh } from '../../web/src/words/zh.ts';

type Words = { readonly [key: string]: string | Words };

function list(words: Words, prefix = ''): Map<string, string> {
  return new Map(
    Object.entries(words).flatMap(([key, value]) =>
      typeof value === 'string' ? [[`${prefix}${key}`, value] as const] : [...list(value, `${prefix}${key}.`)],
    ),
  );
}

const english = list(en);
const chinese = list(zh);

describe('the words of the page', () => {
  it('have the same keys in both languages', () => {
    expect([...chinese.keys()].sort()).toEqual([...english.keys()].sort());
  });

  it('take the same values', () => {
    const takes = (text: string) => (text.match(/\{\{\w+\}\}/g) ?? []).sort();
    for (const [key, text] of english) expect([key, takes(chinese.get(key) ?? '')]).toEqual([key, takes(text)]);
  });

  it('are Chinese in Chinese', () => {
    const same = [...english].filter(([key, text]) => chinese.get(key) === text).map(([key]) => key);
    expect(same.sort()).toEqual(['clock.times', 'figures.noneYet']);
  });

  it('name every rule of the guard and every lamp', () => {
    for (const rule of RULES) expect(english.has(`rule.${rule}`)).toBe(true);
    for (const lamp of LAMP_ORDER) expect(english.has(`lamp.${lamp}`)).toBe(true);
  });
});
