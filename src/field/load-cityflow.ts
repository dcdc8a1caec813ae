import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Scenario } from '../demand/demand.ts';
import { kindOfCityFlow, readCityFlowConfig, readCityFlowDemand, readCityFlowRoadnet } from '../read/cityflow/read.ts';
import { readJson } from '../read/json.ts';
import { type ImportReport, joinReports } from '../read/report.ts';
import { UrbaneError } from '../units/errors.ts';
import { openFile } from './files.ts';

const HOUR_MS = 3_600_000;

/**
 * CityFlow's files: a configuration, a flow file with the one roadnet that lies beside it, or a roadnet alone (no demand).
 * Throws UrbaneError for any other JSON.
 */
export async function loadCityFlow(path: string): Promise<{ scenario: Scenario; report: ImportReport }> {
  const kind = kindOfCityFlow(await readJson(openFile(path)));
  if (kind === null) {
    throw new UrbaneError(
      'bad-input',
      `${path} is no file of CityFlow.`,
      'Name its configuration, flow or roadnet (.json), or an input of another format.',
    );
  }
  const files = kind === 'config' ? await configuredFiles(path) : { flow: kind === 'flow' ? path : null, net: path };
  const net = kind === 'flow' ? await findRoadnet(path) : files.net;
  const name = basename(path, '.json');
  const { city, report } = await readCityFlowRoadnet(openFile(net), name);
  if (files.flow === null) {
    return {
      scenario: { name, city, demand: { types: [], trips: [], walks: [] }, beginMs: 0, endMs: HOUR_MS },
      report,
    };
  }
  const { demand, endMs, report: ofDemand } = await readCityFlowDemand(openFile(files.flow), city);
  return { scenario: { name, city, demand, beginMs: 0, endMs }, report: joinReports([report, ofDemand]) };
}

async function configuredFiles(path: string): Promise<{ flow: string; net: string }> {
  const { dir, roadnetFile, flowFile } = await readCityFlowConfig(openFile(path));
  const place = (file: string) => {
    const beside = resolve(dirname(path), file);
    return existsSync(beside) || dir === undefined ? beside : resolve(dir, file);
  };
  return { flow: place(flowFile), net: place(roadnetFile) };
}

async function findRoadnet(flowFile: string): Promise<string> {
  const folder = dirname(flowFile);
  const found = (await readdir(folder)).filter((name) => /^roadnet.*\.json$/.test(name)).sort();
  const [only] = found;
  if (only !== undefined && found.length === 1) return join(folder, only);
  throw new UrbaneError(
    'missing-file',
    `${flowFile} is a flow of CityFlow; ${folder} holds ${found.length === 0 ? 'no' : found.length} roadnet*.json.`,
    'Put its one roadnet*.json beside it, or name a configuration that names both.',
  );
}
