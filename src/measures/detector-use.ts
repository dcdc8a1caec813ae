import { EVENT } from './event.ts';
import { binAfter, binOf, type Output, type Site, type Tracker } from './tracker.ts';

interface Channel {
  hits: number;
  onMs: number;
  /** Since when it is on in this bin; NaN when off. */
  sinceMs: number;
  faults: number;
}

/**
 * Every channel in every bin from its first event on: hits (82), time on (s; from 82 to 81, over bin edges), occupancy,
 * and faults the controller reported (84 to 88). A silent channel shows as 0 hits, a stuck one as occupancy 1.
 * Table `detector_use`.
 */
export class DetectorUse implements Tracker {
  readonly codes = [
    EVENT.detectorOff,
    EVENT.detectorOn,
    EVENT.detectorFault,
    EVENT.detectorWatchdogFault,
    EVENT.detectorOpenLoop,
    EVENT.detectorShortedLoop,
    EVENT.detectorChangeFault,
  ];
  private readonly site: Site;
  private readonly channels: (Channel | undefined)[] = [];
  private binMs = Number.NaN;

  constructor(site: Site) {
    this.site = site;
  }

  on(timeMs: number, code: number, parameter: number): void {
    if (Number.isNaN(this.binMs)) this.binMs = binOf(timeMs, this.site.binMs);
    let channel = this.channels[parameter];
    if (channel === undefined) {
      channel = { hits: 0, onMs: 0, sinceMs: Number.NaN, faults: 0 };
      this.channels[parameter] = channel;
    }
    if (code === EVENT.detectorOn) {
      channel.hits++;
      if (Number.isNaN(channel.sinceMs)) channel.sinceMs = timeMs;
    } else if (code === EVENT.detectorOff) {
      if (!Number.isNaN(channel.sinceMs)) channel.onMs += timeMs - channel.sinceMs;
      channel.sinceMs = Number.NaN;
    } else channel.faults++;
  }

  close(edgeMs: number): void {
    const { binMs, out } = this.site;
    while (this.binMs < edgeMs) {
      const next = binAfter(this.binMs, edgeMs, binMs);
      this.emit(out, this.binMs + binMs);
      for (const channel of this.channels) {
        if (channel === undefined) continue;
        channel.hits = 0;
        channel.onMs = 0;
        channel.faults = 0;
        if (!Number.isNaN(channel.sinceMs)) channel.sinceMs = next;
      }
      this.binMs = next;
    }
  }

  current(out: Output): void {
    this.emit(out, Math.max(this.binMs, Math.min(this.site.span.lastMs, this.binMs + this.site.binMs)));
  }

  finish(): void {
    const { span, binMs, out } = this.site;
    this.close(binOf(span.lastMs, binMs));
    this.emit(out, span.lastMs);
  }

  /** Rows of the bin, as seen until `endMs`. */
  private emit(out: Output, endMs: number): void {
    if (!(this.binMs < endMs)) return;
    this.channels.forEach((channel, number) => {
      if (channel === undefined) return;
      const onMs = channel.onMs + (Number.isNaN(channel.sinceMs) ? 0 : Math.max(0, endMs - channel.sinceMs));
      const share = onMs / (endMs - this.binMs);
      out.add('detector_use', this.binMs, this.site.device, number, channel.hits, onMs / 1000, share, channel.faults);
    });
  }
}
