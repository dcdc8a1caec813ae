/** What a scanner tells of: tags as they open and close, attributes with their entities resolved. */
export interface TagHandler {
  open(name: string, attributes: Record<string, string>): void;
  close(name: string): void;
}

/** One tag, comment or run of text may be so long. */
const LONGEST_PIECE = 16 * 1024 * 1024;
const NAME_START =
  ':A-Z_a-z\\u00C0-\\u00D6\\u00D8-\\u00F6\\u00F8-\\u02FF\\u0370-\\u037D\\u037F-\\u1FFF\\u200C-\\u200D\\u2070-\\u218F\\u2C00-\\u2FEF\\u3001-\\uD7FF\\uF900-\\uFDCF\\uFDF0-\\uFFFD\\u{10000}-\\u{EFFFF}';
const NAME = new RegExp(`[${NAME_START}][${NAME_START}\\-.0-9\\u00B7\\u0300-\\u036F\\u203F-\\u2040]*`, 'uy');
/** Letters, digits, underscore, colon, hyphen and dot. */
const PLAIN_NAME = Uint8Array.from({ length: 128 }, (_, code) => (/[\w:.-]/.test(String.fromCharCode(code)) ? 1 : 0));
/** What may not stand in a document (XML 1.0, 2.2); surrogates may in pairs. */
const CONTROLS = '\\0-\\x08\\v\\f\\x0E-\\x1F';
const NEVER = new RegExp(`[${CONTROLS}\\uFFFE\\uFFFF]`);
const ODD = new RegExp(`[${CONTROLS}\\uD800-\\uDFFF\\uFFFE\\uFFFF]`);
const ODD_IN_VALUE = new RegExp(`[<&\\t\\n${CONTROLS}\\uD800-\\uDFFF\\uFFFE\\uFFFF]`);
const ODD_IN_TEXT = new RegExp(`[&\\]${CONTROLS}\\uD800-\\uDFFF\\uFFFE\\uFFFF]`);
const NOT_BLANK = /[^ \t\n]/;
const DECLARATION =
  /^\s+version\s*=\s*(?:"1\.\d+"|'1\.\d+')(?:\s+encoding\s*=\s*(?:"[A-Za-z][\w.-]*"|'[A-Za-z][\w.-]*'))?(?:\s+standalone\s*=\s*(?:"(?:yes|no)"|'(?:yes|no)'))?\s*$/;
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const [TAB, BREAK, BLANK, QUOTE, APOSTROPHE, SLASH, LESS, EQUALS, MORE] = [9, 10, 32, 34, 39, 47, 60, 61, 62];
const WORDS = 1024;

/**
 * A scanner of well-formed XML 1.0 without a document type, for large files: text comes in pieces of any size, tags go out.
 * Text between tags is checked and left out. It takes and refuses what saxes takes and refuses, which the tests hold it to.
 */
export class XmlScanner {
  private readonly handler: TagHandler;
  private readonly fail: (what: string) => Error;
  private readonly stack: string[] = [];
  private readonly words: string[] = Array.from({ length: WORDS }, () => '');
  private buffer = '';
  private at = 0;
  private countedTo = 0;
  private lines = 1;
  private held = '';
  private hasBegun = false;
  private hasRoot = false;

  /** `fail` makes the error for what is not well formed; its place is `line`. */
  constructor(handler: TagHandler, fail: (what: string) => Error) {
    this.handler = handler;
    this.fail = fail;
  }

  /** The line of the end of the tag told of last, from 1. */
  get line(): number {
    return this.lines;
  }

  write(text: string): void {
    let more = this.held + text;
    this.held = '';
    if (!this.hasBegun && more !== '') {
      this.hasBegun = true;
      if (more.charCodeAt(0) === 0xfeff) more = more.slice(1);
    }
    if (more.includes('\r')) {
      if (more.endsWith('\r')) {
        this.held = '\r';
        more = more.slice(0, -1);
      }
      more = more.replace(/\r\n?/g, '\n');
    }
    this.buffer = this.at < this.buffer.length ? this.buffer.slice(this.at) + more : more;
    this.isFirst &&= this.at === 0;
    this.at = 0;
    this.countedTo = 0;
    this.scan(false);
  }

  /** Nothing comes any more: throws when something is open or there was no element. */
  close(): void {
    if (this.held !== '') {
      this.held = '';
      this.buffer = `${this.buffer.slice(this.at)}\n`;
      this.isFirst &&= this.at === 0;
      this.at = 0;
      this.countedTo = 0;
    }
    this.scan(true);
    const open = this.stack.at(-1);
    if (open !== undefined) throw this.fail(`unclosed tag: ${open}`);
    if (!this.hasRoot) throw this.fail('document must contain a root element');
  }

  /** True while the buffer begins where the document does. */
  private isFirst = true;

  private scan(isEnd: boolean): void {
    const { buffer } = this;
    const end = buffer.length;
    while (this.at < end) {
      const next = buffer.charCodeAt(this.at) === LESS ? this.readMarkup(isEnd) : this.readText(isEnd);
      if (next >= 0) {
        this.countLines(next);
        this.at = next;
        continue;
      }
      if (isEnd) {
        const open = this.stack.at(-1);
        throw this.fail(open === undefined ? 'the file ends inside a tag or comment' : `unclosed tag: ${open}`);
      }
      if (end - this.at > LONGEST_PIECE) throw this.fail(`a piece is longer than ${LONGEST_PIECE} characters`);
      return;
    }
  }

  private countLines(to: number): void {
    for (let i = this.buffer.indexOf('\n', this.countedTo); i >= 0 && i < to; i = this.buffer.indexOf('\n', i + 1))
      this.lines++;
    this.countedTo = to;
  }

  /** Readers give the place behind what they read, or -1 when it has not all come. */
  private readText(isEnd: boolean): number {
    const { buffer, at } = this;
    const less = buffer.indexOf('<', at);
    if (less < 0 && !isEnd) return NOT_BLANK.test(buffer.slice(at)) ? -1 : buffer.length;
    const to = less < 0 ? buffer.length : less;
    for (let i = at; i < to; i++) {
      const code = buffer.charCodeAt(i);
      if (code === BREAK || code === BLANK || code === TAB) continue;
      this.checkText(buffer.slice(i, to));
      break;
    }
    return to;
  }

  private checkText(text: string): void {
    if (this.stack.length === 0) throw this.fail('text data outside of root node');
    if (!ODD_IN_TEXT.test(text)) return;
    this.checkLetters(text);
    if (text.includes(']]>')) throw this.fail('the string "]]>" is disallowed in char data');
    this.resolve(text);
  }

  private checkLetters(text: string): void {
    if (ODD.test(text) && (NEVER.test(text) || !text.isWellFormed())) throw this.fail('disallowed character');
  }

  private readMarkup(isEnd: boolean): number {
    const { buffer, at } = this;
    const code = buffer.charCodeAt(at + 1);
    if (code === SLASH) return this.readEndTag();
    if (code === 33) return this.readDeclaration(isEnd);
    if (code === 63) return this.readInstruction();
    return at + 1 < buffer.length ? this.readTag() : -1;
  }

  private readEndTag(): number {
    const { buffer, at } = this;
    const close = buffer.indexOf('>', at + 2);
    if (close < 0) return -1;
    const name = buffer.slice(at + 2, close).replace(/[ \t\n]+$/, '');
    const open = this.stack.at(-1);
    if (name !== open)
      throw this.fail(
        open === undefined
          ? `unmatched closing tag: ${name.slice(0, 60)}`
          : `unexpected close tag: ${name.slice(0, 60)}`,
      );
    this.countLines(close + 1);
    this.stack.pop();
    this.handler.close(open);
    return close + 1;
  }

  private readDeclaration(isEnd: boolean): number {
    const { buffer, at } = this;
    if (buffer.startsWith('<!--', at)) {
      const close = buffer.indexOf('--', at + 4);
      if (close < 0 || close + 2 >= buffer.length) return -1;
      if (buffer.charCodeAt(close + 2) !== MORE) throw this.fail('malformed comment');
      this.checkLetters(buffer.slice(at + 4, close));
      return close + 3;
    }
    if (buffer.startsWith('<![CDATA[', at)) {
      if (this.stack.length === 0) throw this.fail('text data outside of root node');
      const close = buffer.indexOf(']]>', at + 9);
      if (close < 0) return -1;
      this.checkLetters(buffer.slice(at + 9, close));
      return close + 3;
    }
    if (buffer.startsWith('<!DOCTYPE', at)) throw this.fail('it declares a document type, which is refused');
    const rest = buffer.slice(at, at + 9);
    if (!isEnd && rest.length < 9 && ['<!--', '<![CDATA[', '<!DOCTYPE'].some((word) => word.startsWith(rest)))
      return -1;
    throw this.fail('incorrect syntax after "<!"');
  }

  private readInstruction(): number {
    const { buffer, at } = this;
    const close = buffer.indexOf('?>', at + 2);
    if (close < 0) return -1;
    NAME.lastIndex = at + 2;
    const [target] = NAME.exec(buffer) ?? [];
    if (target === undefined) throw this.fail('a processing instruction without a name');
    const data = buffer.slice(at + 2 + target.length, close);
    if (target === 'xml' && this.isFirst && at === 0) {
      if (!DECLARATION.test(data)) throw this.fail('an XML declaration that is damaged');
      return close + 2;
    }
    if (target.toLowerCase() === 'xml') throw this.fail('an XML declaration that is not at the start of the document');
    if (data !== '' && !/^[ \t\n]/.test(data)) throw this.fail('a processing instruction with a damaged name');
    this.checkLetters(data);
    return close + 2;
  }

  /** Behind the blanks from `i` on. */
  private skipBlanks(i: number): number {
    const { buffer } = this;
    let next = i;
    for (let code = buffer.charCodeAt(next); code === BLANK || code === BREAK || code === TAB; )
      code = buffer.charCodeAt(++next);
    return next;
  }

  /** Behind the name that begins at `i`; `i` itself when none does. */
  private endOfName(i: number): number {
    const { buffer } = this;
    let next = i;
    let code = buffer.charCodeAt(next);
    if (code === 45 || code === 46 || (code >= 48 && code <= 57)) return i;
    while (code < 128 && PLAIN_NAME[code] === 1) code = buffer.charCodeAt(++next);
    if (!(code >= 128)) return next;
    NAME.lastIndex = i;
    return i + (NAME.exec(buffer)?.[0].length ?? 0);
  }

  /** One copy of each name is kept. */
  private nameAt(from: number, to: number): string {
    const { buffer } = this;
    const slot = (buffer.charCodeAt(from) * 31 + buffer.charCodeAt(to - 1) * 7 + (to - from) * 131) & (WORDS - 1);
    const known = this.words[slot]!;
    if (known.length === to - from && buffer.startsWith(known, from)) return known;
    const name = ` ${buffer.slice(from, to)}`.slice(1);
    this.words[slot] = name;
    return name;
  }

  private readTag(): number {
    const { buffer, at, stack } = this;
    const nameEnd = this.endOfName(at + 1);
    if (nameEnd >= buffer.length) return -1;
    if (nameEnd === at + 1) throw this.fail('disallowed character in tag name');
    const name = this.nameAt(at + 1, nameEnd);
    const attributes: Record<string, string> = {};
    let i = nameEnd;
    for (;;) {
      const next = this.skipBlanks(i);
      if (next >= buffer.length) return -1;
      const code = buffer.charCodeAt(next);
      if (code === MORE || code === SLASH) {
        const isEmpty = code === SLASH;
        const close = isEmpty ? next + 1 : next;
        if (close >= buffer.length) return -1;
        if (buffer.charCodeAt(close) !== MORE) throw this.fail('forward-slash in opening tag not followed by >');
        if (stack.length === 0 && this.hasRoot) throw this.fail('documents may contain only one root');
        this.hasRoot = true;
        this.countLines(close + 1);
        this.handler.open(name, attributes);
        if (isEmpty) this.handler.close(name);
        else stack.push(name);
        return close + 1;
      }
      if (next === i) throw this.fail('no whitespace between attributes');
      i = this.readAttribute(next, attributes);
      if (i < 0) return -1;
    }
  }

  private readAttribute(from: number, attributes: Record<string, string>): number {
    const { buffer } = this;
    const nameEnd = this.endOfName(from);
    if (nameEnd >= buffer.length) return -1;
    if (nameEnd === from) throw this.fail('disallowed character in attribute name');
    const name = this.nameAt(from, nameEnd);
    const equals = this.skipBlanks(nameEnd);
    const open = this.skipBlanks(equals + 1);
    if (open >= buffer.length && equals >= buffer.length) return -1;
    if (buffer.charCodeAt(equals) !== EQUALS) throw this.fail('attribute without value');
    if (open >= buffer.length) return -1;
    const quote = buffer.charCodeAt(open);
    if (quote !== QUOTE && quote !== APOSTROPHE) throw this.fail('unquoted attribute value');
    const close = buffer.indexOf(quote === QUOTE ? '"' : "'", open + 1);
    if (close < 0) return -1;
    if (Object.hasOwn(attributes, name)) throw this.fail(`duplicate attribute: ${name.slice(0, 60)}`);
    const text = buffer.slice(open + 1, close);
    const value = ODD_IN_VALUE.test(text) ? this.cleanValue(text) : text;
    if (name === '__proto__') Object.defineProperty(attributes, name, { value, enumerable: true });
    else attributes[name] = value;
    return close + 1;
  }

  private cleanValue(text: string): string {
    if (text.includes('<')) throw this.fail('disallowed character in attribute value');
    this.checkLetters(text);
    return this.resolve(text.replace(/[\t\n]/g, ' '));
  }

  /** The text with its entities replaced. */
  private resolve(text: string): string {
    if (!text.includes('&')) return text;
    return text.replace(/&([^;&]*)(;?)/g, (_, name: string, end: string) => {
      if (end === '') throw this.fail('an entity without its end');
      if (Object.hasOwn(ENTITIES, name)) return ENTITIES[name]!;
      const [, hex, decimal] = /^#(?:x([\da-fA-F]+)|(\d+))$/.exec(name) ?? [];
      const code = hex !== undefined ? Number.parseInt(hex, 16) : decimal !== undefined ? Number(decimal) : -1;
      if (code < 0) throw this.fail(`undefined entity: ${name.slice(0, 60)}`);
      const letter = code <= 0x10ffff ? String.fromCodePoint(code) : '\uFFFF';
      if (!letter.isWellFormed() || NEVER.test(letter)) throw this.fail('malformed character entity');
      return letter;
    });
  }
}
