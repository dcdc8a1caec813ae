import type { City } from '../city/city.ts';
import { applyOverlay, readOverlay } from '../read/overlay/overlay.ts';
import { applyPlans, type LocalMoment } from '../read/plans/apply.ts';
import { readPlanFiles } from '../read/plans/read.ts';
import { type ImportReport, joinReports } from '../read/report.ts';
import { UrbaneError } from '../units/errors.ts';
import { openFile } from './files.ts';

/** A city with the programs that plan files give its signals, and both reports. Throws UrbaneError on damaged or contradicting plans. */
export async function addPlans(
  read: { readonly city: City; readonly report: ImportReport },
  files: readonly string[],
  at: LocalMoment | null,
): Promise<{ city: City; report: ImportReport }> {
  const book = await readPlanFiles(files.map((file) => openFile(file)));
  const { city, report } = applyPlans(read.city, book, at);
  return { city, report: joinReports([read.report, report]) };
}

/** A city with the corrections of an overlay file, and both reports. Throws UrbaneError on a damaged file. */
export async function addOverlay(
  read: { readonly city: City; readonly report: ImportReport },
  file: string,
): Promise<{ city: City; report: ImportReport }> {
  const { city, report } = applyOverlay(read.city, await readOverlay(openFile(file)), file);
  return { city, report: joinReports([read.report, report]) };
}

/** A local time as a person writes it: YYYY-MM-DDTHH:MM. Throws UrbaneError `bad-usage`. */
export function parseMoment(text: string, isHoliday: boolean): LocalMoment {
  const [, date = '', hours, minutes] = /^(\d{4}-\d{2}-\d{2})T(\d{2}):(\d{2})$/.exec(text) ?? [];
  const utc = new Date(`${date}T${hours}:${minutes}:00Z`);
  if (Number.isNaN(utc.getTime()) || utc.toISOString().slice(0, 10) !== date)
    throw new UrbaneError('bad-usage', `"${text.slice(0, 40)}" is no local time.`, 'Write it as 2026-11-23T08:00.');
  return { date, minute: Number(hours) * 60 + Number(minutes), isHoliday };
}
