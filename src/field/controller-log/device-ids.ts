/** Ids of controllers and their positions; grows as new ones are met. */
export class DeviceIds {
  readonly list: string[] = [];
  readonly #positions = new Map<string, number>();

  positionOf(id: string): number {
    const found = this.#positions.get(id);
    if (found !== undefined) return found;
    const position = this.list.push(id) - 1;
    this.#positions.set(id, position);
    return position;
  }
}
