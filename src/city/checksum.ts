/** CRC-32C (Castagnoli, reflected polynomial 0x82F63B78; RFC 3720 appendix B.4). */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc >>> 0;
});

export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = (TABLE[(crc ^ bytes[i]!) & 255]! ^ (crc >>> 8)) >>> 0;
  return (crc ^ 0xffffffff) >>> 0;
}

/** 64-bit content hash as 16 hexadecimal digits (two multiplicative lanes; it tells versions apart, it is no signature). */
export function contentHash(bytes: Uint8Array): string {
  const hash = new ContentHash();
  hash.add(bytes);
  return hash.finish();
}

/** The content hash of bytes that come in pieces. */
export class ContentHash {
  private a = 0xdeadbeef;
  private b = 0x41c6ce57;

  add(bytes: Uint8Array): void {
    let { a, b } = this;
    for (let i = 0; i < bytes.length; i++) {
      a = Math.imul(a ^ bytes[i]!, 0x9e3779b1);
      b = Math.imul(b ^ bytes[i]!, 0x5f356495);
      a ^= a >>> 15;
      b ^= b >>> 13;
    }
    this.a = a;
    this.b = b;
  }

  finish(): string {
    const a = Math.imul(this.a ^ (this.b >>> 16), 0x85ebca6b);
    const b = Math.imul(this.b ^ (a >>> 13), 0xc2b2ae35);
    return [a, b].map((half) => ((half ^ (half >>> 16)) >>> 0).toString(16).padStart(8, '0')).join('');
  }
}
