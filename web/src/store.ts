import { create } from 'zustand';
import type { HistoryDocument, MapDocument, RunName, State } from '../../src/server/wire.ts';
import { Playback } from './playback.ts';

export type ViewName = 'both' | RunName;
export type Link = 'opening' | 'open' | 'lost';

interface PageState {
  readonly map: MapDocument | null;
  readonly state: State | null;
  readonly history: HistoryDocument | null;
  readonly link: Link;
  readonly failure: string | null;
  readonly view: ViewName;
  /** Id of the junction whose panel is open. */
  readonly junction: string | null;
  /** The junction the maps were last told to go to; a new object each time. */
  readonly goTo: { readonly id: string } | null;
}

/** What the page shows, except the moving vehicles, which live in `playback`. */
export const usePage = create<PageState>(() => ({
  map: null,
  state: null,
  history: null,
  link: 'opening',
  failure: null,
  view: 'both',
  junction: null,
  goTo: null,
}));

export const playback = new Playback();
