import { constants, inflateSync } from 'node:zlib';
import type { EventBuffer } from '../../measures/event.ts';
import { UrbaneError } from '../../units/errors.ts';
import type { DamageReport } from './damage.ts';
import { parseLogTime } from './log-time.ts';

/** Header lines of the file, each ended by LF. */
const HEADER_LINES = 7;
const RECORD_BYTES = 4;
const OFFSET_RANGE = 65_536;
/** Two records in a row are taken for read in step when not more than this (0.1 s) lies between them. */
const CLOSE = 600;
/** A longer silence (0.1 s), or a step back after records misread, is believed only when all witnesses follow it. */
const LONG_SILENCE = 18_000;
/** How many pairs out of step are worth less than the loss of a byte. */
const STEP_LOST = 3;
/** Records behind one that tell whether its time is right. */
const WITNESSES = 5;

/** What the header of an ASC/3 file says. */
export interface Asc3Header {
  /** The "Intersection #" line: an id or an address, as configured in the cabinet. */
  readonly intersection: string;
  readonly beginMs: number;
  /** First byte of the records. */
  readonly recordsAt: number;
}

/**
 * The bytes of an Econolite ASC/3 log: `.datZ` is the same content as `.dat`, packed by zlib. Of a packed file that is
 * cut off, what can be unpacked.
 */
export function unpackAsc3(bytes: Uint8Array, file: string): Uint8Array {
  if (!(bytes[0] === 0x78 && ((bytes[0] << 8) | (bytes[1] ?? 0)) % 31 === 0)) return bytes;
  try {
    return inflateSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: 64 << 20 });
  } catch (fault) {
    const why = fault instanceof Error ? fault.message : String(fault);
    throw new UrbaneError('bad-input', `${file}: the packed log is damaged (${why}).`, 'Fetch it again.');
  }
}

/** Reads the header. Throws UrbaneError `bad-input` where no begin of the log is in it: no event has a time then. */
export function readAsc3Header(bytes: Uint8Array, file: string, toUtc: (localMs: number) => number): Asc3Header {
  const lines: string[] = [];
  let at = 0;
  while (lines.length < HEADER_LINES) {
    const end = bytes.indexOf(0x0a, at);
    if (end < 0 || end - at > 400) break;
    lines.push(
      Buffer.from(bytes.buffer, bytes.byteOffset + at, end - at)
        .toString('latin1')
        .trim(),
    );
    at = end + 1;
  }
  const begin = /Beginning:,\s*([^,]+),\s*(\S+)/.exec(lines.find((line) => line.includes('Beginning:')) ?? '');
  const stamp = begin === null ? (lines[0] ?? '').split(',')[0] : `${begin[1]} ${begin[2]}`;
  const beginMs = parseLogTime((stamp ?? '').trim(), toUtc);
  if (lines.length < HEADER_LINES || Number.isNaN(beginMs)) {
    throw new UrbaneError(
      'bad-input',
      `${file} is no Econolite ASC/3 log: its seven header lines or its "Data Log Beginning" are missing.`,
      'Fetch it again from the controller, or give the file its right ending.',
    );
  }
  const intersection = /Intersection #:,\s*(.+)$/.exec(lines.find((line) => line.includes('Intersection #')) ?? '');
  return { intersection: intersection?.[1]?.trim() ?? '', beginMs, recordsAt: at };
}

/**
 * Adds the records to `into`: code, parameter and the time since the begin of the log in 0.1 s (unsigned, big-endian),
 * which past 6,553.5 s starts again at 0. A record whose time does not fit its neighbours is left out, and where bytes
 * were lost or added the reader finds its step again; each loss is reported.
 */
export function readAsc3Records(
  bytes: Uint8Array,
  header: Asc3Header,
  device: number,
  into: EventBuffer,
  damage: DamageReport,
  file: string,
): void {
  const places = findRecords(bytes, header.recordsAt);
  const offset = (record: number): number => offsetAt(bytes, places[record]!);
  let at = header.recordsAt;
  let turns = 0;
  let before = 0;
  const isBorneOut = (record: number, before: number): boolean => {
    const time = offset(record);
    const jumps = !follows(before, time);
    const last = Math.min(places.length - 1, record + WITNESSES);
    let against = 0;
    for (let next = record + 1; next <= last; next++) {
      if (!follows(time, offset(next)) || (jumps && offset(next) < time)) against++;
    }
    return against <= (jumps ? 0 : (last - record) / 2);
  };
  const report = (to: number): void => {
    if (to > at) damage.add(file, `byte ${at} to ${to - 1}`, 'no record there fits its neighbours');
  };
  for (let record = 0; record < places.length; record++) {
    if (!isBorneOut(record, before)) continue;
    const place = places[record]!;
    report(place);
    if (offset(record) < before && follows(before, offset(record))) turns++;
    before = offset(record);
    into.push(header.beginMs + (turns * OFFSET_RANGE + before) * 100, device, bytes[place]!, bytes[place + 1]!);
    at = place + RECORD_BYTES;
  }
  report(bytes.length);
}

const offsetAt = (bytes: Uint8Array, record: number): number => (bytes[record + 2]! << 8) | bytes[record + 3]!;

/** Whether an offset comes soon after another, over a turn of the counter too. */
const follows = (before: number, offset: number): boolean =>
  (offset - before + OFFSET_RANGE) % OFFSET_RANGE <= LONG_SILENCE;

/**
 * Where the records begin: every fourth byte, but for places where bytes were lost or added. Of the four steps the bytes
 * may be in, the course through them on which most pairs of records are in order (Viterbi's algorithm).
 */
function findRecords(bytes: Uint8Array, from: number): number[] {
  const slots = Math.floor((bytes.length - from) / RECORD_BYTES);
  const cameFrom = new Uint8Array(slots * RECORD_BYTES);
  let scores = [STEP_LOST, 0, 0, 0];
  for (let slot = 0; slot < slots; slot++) {
    const best = scores.indexOf(Math.max(...scores));
    scores = scores.map((score, step) => {
      const stays = score >= scores[best]! - STEP_LOST;
      cameFrom[slot * RECORD_BYTES + step] = stays ? step : best;
      const record = from + slot * RECORD_BYTES + step;
      const gap =
        record + 2 * RECORD_BYTES > bytes.length ? 0 : offsetAt(bytes, record + RECORD_BYTES) - offsetAt(bytes, record);
      return (stays ? score : scores[best]! - STEP_LOST) + ((gap + OFFSET_RANGE) % OFFSET_RANGE <= CLOSE ? 1 : -1);
    });
  }
  const places: number[] = [];
  let step = scores.indexOf(Math.max(...scores));
  for (let slot = slots - 1; slot >= 0; slot--) {
    const record = from + slot * RECORD_BYTES + step;
    if (record + RECORD_BYTES <= (places.at(-1) ?? bytes.length)) places.push(record);
    step = cameFrom[slot * RECORD_BYTES + step]!;
  }
  return places.reverse();
}
