import { type Alert, type AlertPart, keyOf } from './alert.ts';
import { tell } from './words.ts';

/** What a watcher knows when it raises an alert; the words are made of it. */
export type Raised = AlertPart &
  Pick<Alert, 'sinceMs' | 'raisedMs' | 'confidence' | 'evidence' | 'advice'> & {
    readonly device: string;
    /** All of them, where it is more than one. */
    readonly devices?: readonly string[];
  };

/** A happening that comes back within this time of its end is the same one. */
const SAME_MS = 12 * 3_600_000;

/** All alerts of a stream: one open at a time for each kind and place, quiet on repeats, closed when over. */
export class AlertBook {
  readonly #open = new Map<string, number>();
  readonly #last = new Map<string, number>();
  readonly #alerts: Alert[] = [];
  #changed: number[] = [];

  /** Every alert so far, oldest first. */
  get alerts(): readonly Alert[] {
    return this.#alerts;
  }

  /** Alerts that were raised or closed since the last call. */
  takeChanged(): Alert[] {
    const changed = [...new Set(this.#changed)].map((at) => this.#alerts[at]!);
    this.#changed = [];
    return changed;
  }

  isOpen(place: AlertPart & { readonly device: string }): boolean {
    return this.#open.has(keyOf({ ...place, devices: [place.device] }));
  }

  /** Does nothing while the same alert is open; one that was closed a short while ago is opened again. */
  raise({ device, devices = [device], ...raised }: Raised): void {
    const key = keyOf({ ...raised, devices: [device] });
    if (this.#open.has(key)) return;
    const at = this.#last.get(key);
    const before = at === undefined ? undefined : this.#alerts[at];
    if (at !== undefined && before !== undefined && raised.sinceMs - (before.untilMs ?? 0) < SAME_MS) {
      this.#alerts[at] = { ...before, untilMs: null, repeats: before.repeats + 1 };
      this.#open.set(key, at);
      return;
    }
    this.#open.set(key, this.#alerts.length);
    this.#last.set(key, this.#alerts.length);
    this.#changed.push(this.#alerts.length);
    this.#alerts.push(tell({ ...raised, devices, untilMs: null, repeats: 0, also: [], cause: '', action: '' }));
  }

  /** Closes the alert, if it is open. */
  close(place: AlertPart & { readonly device: string }, untilMs: number): void {
    const key = keyOf({ ...place, devices: [place.device] });
    const at = this.#open.get(key);
    if (at === undefined) return;
    this.#open.delete(key);
    this.#changed.push(at);
    const alert = this.#alerts[at]!;
    this.#alerts[at] = { ...alert, untilMs, evidence: { ...alert.evidence, toMs: untilMs } };
  }
}
