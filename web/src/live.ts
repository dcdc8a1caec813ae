import {
  decodeScene,
  type HistoryDocument,
  type JunctionDocument,
  type MapDocument,
  type Scene,
  type Snapshot,
} from '../../src/server/wire.ts';
import { playback, usePage } from './store.ts';

/** Fetches the city, then follows the live stream; it opens again by itself when the line breaks. */
export async function follow(): Promise<void> {
  try {
    await readMap();
  } catch (error) {
    usePage.setState({ failure: error instanceof Error ? error.message : String(error) });
    return;
  }
  const stream = new EventSource('api/live');
  stream.addEventListener('open', () => usePage.setState({ link: 'open' }));
  stream.addEventListener('error', () => usePage.setState({ link: 'lost' }));
  stream.addEventListener('snapshot', (event) => takeSnapshot(JSON.parse(event.data) as Snapshot));
  stream.addEventListener('history', (event) => {
    usePage.setState({ history: JSON.parse(event.data) as HistoryDocument });
  });
}

async function readMap(): Promise<void> {
  const response = await fetch('api/city');
  if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
  usePage.setState({ map: (await response.json()) as MapDocument });
}

let isReading = false;

/** The city was corrected, so that its map is another one; of another city altogether the page begins anew. */
function takeNewMap(): void {
  if (isReading) return;
  isReading = true;
  const { map } = usePage.getState();
  readMap()
    .then(() => {
      if (usePage.getState().map?.name !== map?.name) window.location.reload();
    })
    .catch((error: unknown) => usePage.setState({ failure: String(error) }))
    .finally(() => {
      isReading = false;
    });
}

function takeSnapshot(snapshot: Snapshot): void {
  const { cityVersion, clock, modes, figures, scenes } = snapshot;
  if (cityVersion !== usePage.getState().map?.version) {
    takeNewMap();
    return;
  }
  const moment = {
    run: clock.run,
    timeMs: clock.timeMs,
    scenes: { with: sceneOf(scenes.with), without: sceneOf(scenes.without) },
  };
  playback.push(moment, clock.paused || clock.ended ? 0 : Math.min(clock.speed, clock.reached));
  usePage.setState({ state: { cityVersion, clock, modes, figures }, link: 'open' });
}

function sceneOf(base64: string): Scene {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return decodeScene(bytes);
}

export interface ClockWish {
  readonly paused?: boolean;
  readonly speed?: number;
  readonly restart?: boolean;
}

/** Asks the server to change the clock, for everybody who looks. */
export async function changeClock(wish: ClockWish): Promise<void> {
  await fetch('api/clock', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(wish),
  });
}

/** State and decisions of a junction, or null where the server has none. */
export async function fetchJunction(id: string, signal: AbortSignal): Promise<JunctionDocument | null> {
  const response = await fetch(`api/junctions/${encodeURIComponent(id)}`, { signal });
  return response.ok ? ((await response.json()) as JunctionDocument) : null;
}

/** Asks for another mode of a junction or approves its proposal; gives the sentence of a refusal, or null. */
export async function askJunction(id: string, what: 'mode' | 'approval', body: object): Promise<string | null> {
  const response = await fetch(`api/junctions/${encodeURIComponent(id)}/${what}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (response.ok) return null;
  const { error, remedy } = (await response.json()) as { error: string; remedy: string };
  return `${error} ${remedy}`;
}
