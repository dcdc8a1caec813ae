import { CHARTED, type Charted, type Figures, type HistoryDocument, RUNS, type RunName } from './wire.ts';

const MOST_POINTS = 360;

type Lines = Record<RunName, Record<Charted, number[]>>;

function emptyLines(): Lines {
  const line = (): Record<Charted, number[]> => ({ delayS: [], waitingS: [], stops: [], queued: [] });
  return { without: line(), with: line() };
}

/**
 * Figures over time in at most 360 points: when the room is used up every second point goes and the interval doubles,
 * so that a run of any length takes the same memory.
 */
export class History {
  readonly #run: number;
  #everyS: number;
  #timesMs: number[] = [];
  #lines: Lines = emptyLines();

  constructor(run: number, everyS: number) {
    this.#run = run;
    this.#everyS = everyS;
  }

  /** Takes the figures of an instant; true when it became a point of the lines. */
  add(timeMs: number, figures: Readonly<Record<RunName, Figures>>): boolean {
    const last = this.#timesMs[this.#timesMs.length - 1];
    if (last !== undefined && timeMs - last < this.#everyS * 1000) return false;
    this.#timesMs.push(timeMs);
    for (const run of RUNS) {
      for (const name of CHARTED) this.#lines[run][name].push(Math.round(figures[run][name] * 100) / 100);
    }
    if (this.#timesMs.length > MOST_POINTS) this.#thin();
    return true;
  }

  #thin(): void {
    const everySecond = (values: number[]): number[] => values.filter((_, i) => i % 2 === 0);
    this.#everyS *= 2;
    this.#timesMs = everySecond(this.#timesMs);
    for (const run of RUNS) {
      for (const name of CHARTED) this.#lines[run][name] = everySecond(this.#lines[run][name]);
    }
  }

  get document(): HistoryDocument {
    return { run: this.#run, everyS: this.#everyS, timesMs: this.#timesMs, lines: this.#lines };
  }
}
