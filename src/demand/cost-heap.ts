/** A binary heap of items by cost; equal costs come out by item, so that ways found do not depend on the order of pushes. */
export class CostHeap {
  private items: number[] = [];
  private costs: number[] = [];

  clear(): void {
    this.items.length = 0;
    this.costs.length = 0;
  }

  push(item: number, cost: number): void {
    const { items, costs } = this;
    let i = items.length;
    items.push(item);
    costs.push(cost);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!this.isBefore(i, parent)) break;
      this.swap(i, parent);
      i = parent;
    }
  }

  /** The item of least cost, or -1 when there is none. */
  pop(): number {
    const { items, costs } = this;
    const top = items[0];
    if (top === undefined) return -1;
    const lastItem = items.pop()!;
    const lastCost = costs.pop()!;
    if (items.length === 0) return top;
    items[0] = lastItem;
    costs[0] = lastCost;
    for (let i = 0; ; ) {
      const left = 2 * i + 1;
      let least = i;
      if (left < items.length && this.isBefore(left, least)) least = left;
      if (left + 1 < items.length && this.isBefore(left + 1, least)) least = left + 1;
      if (least === i) return top;
      this.swap(i, least);
      i = least;
    }
  }

  private isBefore(i: number, j: number): boolean {
    const a = this.costs[i]!;
    const b = this.costs[j]!;
    return a < b || (a === b && this.items[i]! < this.items[j]!);
  }

  private swap(i: number, j: number): void {
    const { items, costs } = this;
    const item = items[i]!;
    items[i] = items[j]!;
    items[j] = item;
    const cost = costs[i]!;
    costs[i] = costs[j]!;
    costs[j] = cost;
  }
}
