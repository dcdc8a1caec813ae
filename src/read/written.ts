/** Files of another format made from a city or scenario, and what of it that format cannot hold, in sentences. */
export interface Written {
  readonly files: readonly { readonly name: string; readonly text: string }[];
  readonly lost: readonly string[];
}

/** "3 bus stops", "1 bus stop"; null for none. */
export function countOf(count: number, one: string, many: string): string | null {
  return count === 0 ? null : `${count} ${count === 1 ? one : many}`;
}

/** Text for an attribute or element of XML or HTML. */
export function escapeText(text: string): string {
  return text.replace(
    /[&<>"]/g,
    (letter) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[letter] ?? letter,
  );
}
