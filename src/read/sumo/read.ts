import type { City } from '../../city/city.ts';
import type { Demand } from '../../demand/demand.ts';
import { UrbaneError } from '../../units/errors.ts';
import type { ImportReport } from '../report.ts';
import { countCity, ReportBuilder } from '../report.ts';
import type { ByteSource } from '../source.ts';
import { buildCity } from './city.ts';
import type { DemandOptions } from './demand.ts';
import { DemandReader } from './demand.ts';
import { createRawNet, readAdditionalFile, readNetFile } from './net.ts';
import type { Roots } from './xml.ts';
import { readXml } from './xml.ts';

export type { SumoConfig } from './config.ts';
export { readSumoConfig } from './config.ts';
export type { DemandOptions } from './demand.ts';

/** Route files may have any root that is not another kind's. */
const ROUTES: Roots = { refused: ['net', 'configuration'], wanted: 'a file of routes' };

export interface NetOptions {
  /** The city's name. */
  readonly name: string;
  /** Additional files: signal programs (the last one loaded for a signal runs), zones and bus stops. */
  readonly additional?: readonly ByteSource[];
}

/**
 * A city of a SUMO network (`.net.xml`, version 0.27 and later). Movements of a junction come in request order: lanes in
 * the order of `incLanes`, the connections of a lane in the order of the file.
 * Throws UrbaneError `bad-xml` or `bad-input` with file, line and element on damage that cannot be left out.
 */
export async function readSumoNet(net: ByteSource, options: NetOptions): Promise<{ city: City; report: ImportReport }> {
  const report = new ReportBuilder();
  const raw = createRawNet();
  await readNetFile(net, raw, report);
  for (const file of options.additional ?? []) await readAdditionalFile(file, raw, report);
  const city = buildCity(raw, options.name, report);
  if (city.roads.length === 0) {
    throw new UrbaneError('bad-input', `${net.name} holds no road.`, 'Name a whole network, as netconvert writes it.');
  }
  Object.assign(report.counts, countCity(city));
  return { city, report: report.build() };
}

/**
 * The demand of SUMO route files (and of additional files, to be named first): vehicles, trips (routed by free-flow time),
 * flows, their stops, people who walk, types and their distributions. What is damaged is left out and listed; only broken XML throws.
 */
export async function readSumoRoutes(
  files: readonly ByteSource[],
  options: DemandOptions,
): Promise<{ demand: Demand; report: ImportReport }> {
  const report = new ReportBuilder();
  const reader = new DemandReader(options, report);
  for (const file of files) await readXml(file, ROUTES, reader.openFile());
  return { demand: reader.finish(), report: report.build() };
}
