import type { LngLatBoundsLike, Map as MapLibre } from 'maplibre-gl';

const joined = new Set<MapLibre>();
const PADDING = { top: 84, bottom: 56, left: 26, right: 26 };
let moving = false;
/** True once somebody has moved the map; before that it always shows the whole city. */
let touched = false;
/** Where the maps last looked, for those that come when the others have gone. */
let last: { readonly center: [number, number]; readonly zoom: number } | null = null;

/** Makes all maps on the page look at the same place, first the whole of `bounds`; returns how to leave. */
export function joinCamera(map: MapLibre, bounds: LngLatBoundsLike): () => void {
  const [other] = joined;
  joined.add(map);
  if (other === undefined && touched && last !== null) map.jumpTo(last);
  else if (other === undefined || !touched) map.fitBounds(bounds, { padding: PADDING, animate: false });
  else map.jumpTo({ center: other.getCenter(), zoom: other.getZoom() });
  map.on('resize', () => {
    if (!touched) map.fitBounds(bounds, { padding: PADDING, animate: false });
  });
  map.on('movestart', ({ originalEvent }) => {
    if (originalEvent !== undefined) touched = true;
  });
  map.on('move', () => {
    if (moving) return;
    moving = true;
    last = { center: map.getCenter().toArray(), zoom: map.getZoom() };
    for (const each of joined) if (each !== map) each.jumpTo({ center: map.getCenter(), zoom: map.getZoom() });
    moving = false;
  });
  return () => joined.delete(map);
}

/** Goes somewhere on purpose. */
export function goNear(map: MapLibre, center: [number, number], zoom: number): void {
  touched = true;
  map.easeTo({ center, zoom: Math.max(zoom, map.getZoom()) });
}
