/** One line on stderr, on a terminal only: how far, and about how long to go. */
export class Progress {
  readonly #on = process.stderr.isTTY === true;
  readonly #began = performance.now();

  /** @param share 0 to 1 */
  show(share: number, words: string): void {
    if (!this.#on) return;
    const spentS = (performance.now() - this.#began) / 1000;
    const left = share > 0.02 ? `, about ${Math.ceil((spentS / share) * (1 - share))} s left` : '';
    process.stderr.write(`\r\x1b[K${words}, ${Math.floor(share * 100)} %${left}`);
  }

  clear(): void {
    if (this.#on) process.stderr.write('\r\x1b[K');
  }
}
