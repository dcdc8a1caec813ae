import { readCorridors } from '../field/controller-log/corridors.ts';
import { readDetectors } from '../field/controller-log/detectors.ts';
import { ControllerLog } from '../field/controller-log/log.ts';
import { ConfigurationLearner, compareConfiguration } from '../measures/configuration.ts';
import type { Dialect } from '../measures/dialects.ts';
import { Zone } from '../units/zone.ts';
import { createLogApi } from './api.ts';
import { JunctionPages, LONGEST_SPAN_MS } from './junction-pages.ts';
import { preparePage } from './page.ts';
import { listen } from './serve.ts';

export interface LogPagesOptions {
  /** Logs, or folders of them. */
  readonly events: readonly string[];
  /** Table of detectors; inferred from the log where it is null. */
  readonly config: string | null;
  /** CSV of corridors, or null. */
  readonly corridors: string | null;
  /** IANA zone of local times in the log, and of those on the page. */
  readonly zone: string;
  readonly dialect: Dialect;
  readonly tell: (sentence: string) => void;
}

export interface LogServeOptions extends LogPagesOptions {
  readonly host: string;
  readonly port: number;
}

/** A served page of controller logs. */
export interface LogServed extends AsyncDisposable {
  readonly address: string;
  readonly pages: JunctionPages;
}

/** The junction pages of controller logs: the last day of each. Rejects with the UrbaneError of what cannot be read. */
export async function readJunctionPages(options: LogPagesOptions): Promise<JunctionPages> {
  const { events, config, zone, dialect, tell } = options;
  const corridors = options.corridors === null ? [] : await readCorridors(options.corridors);
  const given = config === null ? null : (await readDetectors(config)).roles;
  const log = await ControllerLog.open(events, { zone: new Zone(zone) });
  const learner = new ConfigurationLearner();
  const pages = new JunctionPages({
    zone,
    isLive: false,
    hasCity: false,
    dialect,
    corridors,
    keepMs: LONGEST_SPAN_MS,
  });
  try {
    for await (const batch of log.batches()) learner.push(batch, 0, batch.length);
    const inferred = learner.infer();
    const roles = given ?? inferred.roles;
    pages.configure({
      roles,
      inferred: given === null ? inferred.roles : [],
      findings: given === null ? [] : compareConfiguration(given, inferred),
    });
    let count = 0;
    for await (const batch of log.batches()) {
      pages.push(batch);
      count += batch.length;
    }
    const { controllers } = pages.list();
    tell(
      `${count} events of ${controllers.length} ${controllers.length === 1 ? 'controller' : 'controllers'}; ${roles.length} detectors ${given === null ? 'inferred from the log' : 'configured'}.`,
    );
    for (const sentence of log.damage.first.map(({ file, place, why }) => `Left out: ${file}, ${place}: ${why}`))
      tell(sentence);
  } finally {
    log.close();
  }
  return pages;
}

/** Serves the junction pages of controller logs. Rejects as `readJunctionPages`, and when the port is taken. */
export async function serveLog({ host, port, ...options }: LogServeOptions): Promise<LogServed> {
  const pages = await readJunctionPages(options);
  const api = await createLogApi(pages, await preparePage(options.tell));
  const address = await listen(api, host, port);
  return { address, pages, [Symbol.asyncDispose]: () => api.close() };
}
