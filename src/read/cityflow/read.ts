import { checkCity } from '../../city/check.ts';
import type { City } from '../../city/city.ts';
import type { Demand } from '../../demand/demand.ts';
import { readJson } from '../json.ts';
import { countCity, type ImportReport, ReportBuilder } from '../report.ts';
import type { ByteSource } from '../source.ts';
import { buildFlowCity } from './city.ts';
import { readFlows } from './demand.ts';
import { type CityFlowConfig, checkConfig, checkFlow, checkRoadnet } from './format.ts';

/** What a JSON document of CityFlow is, told by its content; null for any other JSON. */
export function kindOfCityFlow(value: unknown): 'roadnet' | 'flow' | 'config' | null {
  if (Array.isArray(value)) return 'flow';
  if (typeof value !== 'object' || value === null) return null;
  if ('roadnetFile' in value) return 'config';
  return 'roads' in value && 'intersections' in value ? 'roadnet' : null;
}

export async function readCityFlowConfig(source: ByteSource): Promise<CityFlowConfig> {
  return checkConfig(await readJson(source), source.name);
}

/** A city of a CityFlow roadnet. Throws UrbaneError `bad-input` that names the place. */
export async function readCityFlowRoadnet(
  source: ByteSource,
  name: string,
): Promise<{ city: City; report: ImportReport }> {
  const report = new ReportBuilder();
  const city = buildFlowCity(checkRoadnet(await readJson(source), source.name), name, source.name, report);
  const faults = checkCity(city);
  if (faults.length > 0) throw new Error(`the reader built a city that is not sound: ${faults[0]}`);
  Object.assign(report.counts, countCity(city));
  return { city, report: report.build() };
}

/** The demand of a CityFlow flow file on a city of its roadnet, and when its last hour ends. */
export async function readCityFlowDemand(
  source: ByteSource,
  city: City,
): Promise<{ demand: Demand; endMs: number; report: ImportReport }> {
  const report = new ReportBuilder();
  const { demand, endMs } = readFlows(checkFlow(await readJson(source), source.name), city, source.name, report);
  report.counts.trips = demand.trips.length;
  return { demand, endMs, report: report.build() };
}
