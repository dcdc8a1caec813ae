/** One input file as readers see it: a name for messages, and its bytes (or text) as often as asked. */
export interface ByteSource {
  readonly name: string;
  open(): AsyncIterable<Uint8Array | string>;
}

/** A source that holds its text or bytes already. */
export function sourceFrom(name: string, content: string | Uint8Array): ByteSource {
  return {
    name,
    async *open() {
      yield content;
    },
  };
}
