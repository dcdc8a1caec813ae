import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { City } from '../city/city.ts';
import { type Doubt, listDoubts } from '../city/doubts.ts';
import { getOwnProgram, listGreens } from '../city/greens.ts';
import type { Scenario } from '../demand/demand.ts';
import { followCity } from '../demand/reroute.ts';
import { openFile, writeWhole } from '../field/files.ts';
import { rulesFromProgram } from '../guard/rules.ts';
import { editOverlay, type Reason, type SiteEdit } from '../read/overlay/edit.ts';
import { applyOverlay, readOverlay } from '../read/overlay/overlay.ts';
import type { ImportReport } from '../read/report.ts';
import { UrbaneError } from '../units/errors.ts';
import { describeSite, type SiteAnswer, type SiteDocument } from './site.ts';

/** What an office asks of a site: to see what corrections do, or to save them. */
export interface SiteOrder extends Reason {
  readonly junction: string;
  readonly edit: SiteEdit;
  readonly save: boolean;
}

/** A scenario on its corrected city, and what its demand made of it. */
export interface Corrected {
  readonly scenario: Scenario;
  readonly report: ImportReport | null;
  readonly rerouted: number;
  readonly dropped: number;
}

/** The corrections of a running city: shown, tried, and written to their file. */
export class Sites {
  readonly #base: Scenario;
  readonly #file: string | null;
  #now: Corrected;
  #doubts: readonly Doubt[] | null = null;

  private constructor(base: Scenario, file: string | null, now: Corrected) {
    this.#base = base;
    this.#file = file;
    this.#now = now;
  }

  /** A scenario with the corrections of a file, which need not be there yet. Rejects with an UrbaneError when it is damaged. */
  static async open(base: Scenario, file: string | null): Promise<Sites> {
    const overlay = file === null || (await readOrNull(file)) === null ? null : await readOverlay(openFile(file));
    const made = overlay === null ? null : applyOverlay(base.city, overlay, file ?? '');
    return new Sites(base, file, made === null ? asItIs(base) : follow(base, made));
  }

  get now(): Corrected {
    return this.#now;
  }

  /** Null for an id the city does not have, or a junction without a signal. */
  describe(junction: string): SiteDocument | null {
    return this.#describe(this.#now.scenario.city, junction);
  }

  #describe(city: City, junction: string): SiteDocument | null {
    const index = city.junctions.findIndex(({ id }) => id === junction);
    return describeSite(this.#base.city, city, index, this.#file === null ? null : basename(this.#file));
  }

  /** What corrections do; with `save` they are written and `now` is the city with them. Rejects with an UrbaneError. */
  async carryOut({ junction, edit, save, ...reason }: SiteOrder): Promise<SiteAnswer> {
    const { city: own } = this.#base;
    const found = own.junctions.find(({ id }) => id === junction);
    if (found === undefined) throw new UrbaneError('not-found', `The city has no junction "${junction}".`);
    if (found.signal < 0)
      throw new UrbaneError('not-now', `Junction "${junction}" has no signal.`, 'Choose one that has.');
    if (save && this.#file === null)
      throw new UrbaneError(
        'not-now',
        'No file was named that corrections are written to.',
        'Start with `urbane start CITY --overlay city.yaml`.',
      );
    const text = this.#file === null ? null : await readOrNull(this.#file);
    const edited = editOverlay(text, own, found.signal, edit, reason);
    const made = applyOverlay(own, edited.overlay, this.#file ?? 'the corrections');
    const known = new Set(this.#now.report === null ? [] : listRefused(this.#now.report));
    const refused = listRefused(made.report).filter((sentence) => !known.has(sentence));
    if (save && refused.length > 0)
      throw new UrbaneError('bad-input', `Not saved: ${refused[0]}.`, 'Change what cannot be made, then save again.');
    const before = this.#now.scenario.city;
    const after = follow(this.#base, made);
    const site = this.#describe(after.scenario.city, junction);
    if (site === null) throw new Error(`junction ${junction} has lost its signal`);
    this.#doubts ??= listDoubts(before);
    const doubts = listDoubts(after.scenario.city);
    const answer: SiteAnswer = {
      site,
      isSaved: save,
      gone: without(this.#doubts, doubts),
      come: without(doubts, this.#doubts),
      refused,
      conflicts: made.report.warnings.map((sentence) => sentence.replace(/^conflict: /, '')),
      greens: listGreensChanged(before, after.scenario.city, found.signal),
      guard: {
        beforeS: intergreenOfGuard(before, found.signal),
        afterS: intergreenOfGuard(after.scenario.city, found.signal),
      },
      rerouted: after.rerouted,
      dropped: after.dropped,
    };
    if (save && this.#file !== null) {
      await writeWhole(this.#file, edited.text);
      this.#now = after;
      this.#doubts = null;
    }
    return answer;
  }
}

function asItIs(scenario: Scenario): Corrected {
  return { scenario, report: null, rerouted: 0, dropped: 0 };
}

function follow(base: Scenario, { city, report }: { city: City; report: ImportReport }): Corrected {
  if (city === base.city) return { ...asItIs(base), report };
  const { demand, rerouted, dropped } = followCity(base.demand, city);
  return { scenario: { ...base, city, demand }, report, rerouted, dropped };
}

async function readOrNull(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (fault) {
    if (fault instanceof Error && 'code' in fault && fault.code === 'ENOENT') return null;
    const why = fault instanceof Error && 'code' in fault ? String(fault.code) : String(fault);
    throw new UrbaneError('missing-file', `${file} cannot be read (${why}).`);
  }
}

function listRefused({ dropped }: ImportReport): string[] {
  return dropped.map(({ element, why }) => `${element}: ${why}`);
}

/** Those of `list` that are not in `other`, without their places. */
function without(list: readonly Doubt[], other: readonly Doubt[]): SiteAnswer['come'] {
  const tell = ({ kind, element, sentence }: Doubt) => ({ kind, element, sentence });
  const known = new Set(other.map((doubt) => JSON.stringify(tell(doubt))));
  return list.map(tell).filter((doubt) => !known.has(JSON.stringify(doubt)));
}

function listGreensChanged(before: City, after: City, signal: number): SiteAnswer['greens'] {
  const [old, now] = [before.signals[signal], after.signals[signal]];
  if (old === undefined || now === undefined) return [];
  const program = getOwnProgram(now);
  return listGreens(program).flatMap((stage) => {
    const [beforeS, afterS] = [getOwnProgram(old).phases[stage]?.durationS, program.phases[stage]?.durationS];
    return beforeS === undefined || afterS === undefined || beforeS === afterS ? [] : [{ stage, beforeS, afterS }];
  });
}

function intergreenOfGuard(city: City, signal: number): number {
  const { yellowS, allRedS } = rulesFromProgram(city, signal);
  return yellowS + allRedS;
}
