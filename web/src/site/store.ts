import { create } from 'zustand';
import type { SiteEdit } from '../../../src/read/overlay/edit.ts';
import type { SiteAnswer, SiteDetector, SiteDocument } from '../../../src/server/site.ts';

export type LaneEdit = NonNullable<SiteEdit['lanes']>[number];
export type DetectorEdit = NonNullable<SiteEdit['detectors']>[number];
export type IntergreenEdit = NonNullable<SiteEdit['intergreens']>[number];

interface SiteState {
  /** True while the panel shows the junction as built. */
  readonly isOpen: boolean;
  /** As it would be with what was changed. */
  readonly site: SiteDocument | null;
  readonly edit: SiteEdit;
  /** What the changes do, or did when they were saved. */
  readonly answer: SiteAnswer | null;
  readonly refusal: string | null;
  /** True from a change until the server has told what it does. */
  readonly isAsking: boolean;
  /** Id of a lane, or `detectorKey`. */
  readonly selected: string | null;
}

export const useSite = create<SiteState>(() => ({
  isOpen: false,
  site: null,
  edit: {},
  answer: null,
  refusal: null,
  isAsking: false,
  selected: null,
}));

export function detectorKey({ channel, lane }: { readonly channel: number; readonly lane: string }): string {
  return `${channel} ${lane}`;
}

/** The site with what was typed over it, whether it can be made or not. */
export function withEdit(site: SiteDocument, edit: SiteEdit): SiteDocument {
  const lanes = new Map(edit.lanes?.map((lane) => [lane.lane, lane]));
  const intergreens = new Map(edit.intergreens?.map((one) => [`${one.from} ${one.to}`, one.s]));
  const asked = new Map(edit.detectors?.map((one) => [detectorKey(one), one]));
  const known = site.detectors.map((detector) => {
    const change = asked.get(detectorKey(detector));
    asked.delete(detectorKey(detector));
    return change === undefined ? detector : typedOver(detector, change);
  });
  const fresh = [...asked.values()].map((change) => typedOver({ ...change, ...NEW_DETECTOR }, change));
  return {
    ...site,
    lanes: site.lanes.map((lane) => {
      const { allowed, turns, speed_mps, stop_line_m } = lanes.get(lane.id) ?? {};
      return {
        ...lane,
        allowed: allowed ?? lane.allowed,
        turns: turns ?? lane.turns,
        speedMps: speed_mps ?? lane.speedMps,
        stopLineM: stop_line_m ?? lane.stopLineM,
      };
    }),
    intergreens: site.intergreens.map((one) => ({ ...one, s: intergreens.get(`${one.from} ${one.to}`) ?? one.s })),
    detectors: [...known, ...fresh].filter((one) => one !== null),
  };
}

const NEW_DETECTOR = {
  distanceM: 0,
  lengthM: 0,
  phase: 0,
  kind: 'advance',
  isCorrected: true,
  shape: [],
  widthM: 0,
} as const;

function typedOver(detector: SiteDetector, { remove, distance_m, length_m, phase, kind }: DetectorEdit) {
  if (remove === true) return null;
  return {
    ...detector,
    distanceM: distance_m ?? detector.distanceM,
    lengthM: length_m ?? detector.lengthM,
    phase: phase ?? detector.phase,
    kind: kind ?? detector.kind,
  };
}

const TRY_AFTER_MS = 250;
let asked = 0;
let waiting: ReturnType<typeof setTimeout> | undefined;

/** Fetches the site of a junction afresh; what was changed and not saved is forgotten. */
export async function openSite(junction: string): Promise<void> {
  clearTimeout(waiting);
  const mine = ++asked;
  const response = await fetch(siteAddress(junction));
  if (mine !== asked) return;
  const site = response.ok ? ((await response.json()) as SiteDocument) : null;
  useSite.setState({ site, edit: {}, answer: null, refusal: null, isAsking: false, selected: null });
}

/** Changes values; a moment later the server tells what they would do. */
export function change(more: SiteEdit, office: string): void {
  const { edit, site } = useSite.getState();
  const lanes = joined(
    edit.lanes,
    more.lanes,
    ({ lane }) => lane,
    (before, item) => ({ ...before, ...item }),
  );
  const detectors = joined(edit.detectors, more.detectors, detectorKey);
  const intergreens = joined(edit.intergreens, more.intergreens, ({ from, to }) => `${from} ${to}`);
  const groups = more.groups ?? edit.groups;
  useSite.setState({
    isAsking: true,
    edit: {
      ...(lanes === undefined ? {} : { lanes }),
      ...(detectors === undefined ? {} : { detectors }),
      ...(intergreens === undefined ? {} : { intergreens }),
      ...(groups === undefined ? {} : { groups }),
    },
  });
  clearTimeout(waiting);
  if (site !== null) waiting = setTimeout(() => ask(site.junction, office, null, false), TRY_AFTER_MS);
}

/** Writes what was changed into the file of corrections. */
export function save(office: string, why: string): Promise<void> {
  clearTimeout(waiting);
  const { site } = useSite.getState();
  return site === null ? Promise.resolve() : ask(site.junction, office, why, true);
}

function joined<T>(
  old: readonly T[] | undefined,
  more: readonly T[] | undefined,
  key: (item: T) => string,
  join: (before: T | undefined, item: T) => T = (_, item) => item,
): T[] | undefined {
  if (more === undefined) return old === undefined ? undefined : [...old];
  const all = new Map((old ?? []).map((item) => [key(item), item]));
  for (const item of more) all.set(key(item), join(all.get(key(item)), item));
  return [...all.values()];
}

async function ask(junction: string, office: string, why: string | null, isToSave: boolean): Promise<void> {
  const mine = ++asked;
  const { edit } = useSite.getState();
  const response = await fetch(siteAddress(junction), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...edit, by: office, ...(why ? { why } : {}), save: isToSave }),
  }).catch(() => null);
  if (mine !== asked) return;
  if (response === null) {
    useSite.setState({ isAsking: false });
    return;
  }
  if (!response.ok) {
    const { error, remedy } = (await response.json()) as { error: string; remedy: string };
    useSite.setState({ refusal: `${error} ${remedy}`, isAsking: false });
    return;
  }
  const answer = (await response.json()) as SiteAnswer;
  useSite.setState({
    answer,
    site: answer.site,
    refusal: null,
    isAsking: false,
    ...(answer.isSaved ? { edit: {} } : {}),
  });
}

function siteAddress(junction: string): string {
  return `api/junctions/${encodeURIComponent(junction)}/site`;
}
