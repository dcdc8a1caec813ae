import type { Map as MapLibre } from 'maplibre-gl';

const joined = new Set<MapLibre>();
let moving = false;

/** Makes all maps on the page look at the same place; returns how to leave. */
export function joinCamera(map: MapLibre): () => void {
  const [other] = joined;
  if (other !== undefined) map.jumpTo({ center: other.getCenter(), zoom: other.getZoom() });
  joined.add(map);
  map.on('move', () => {
    if (moving) return;
    moving = true;
    for (const each of joined) if (each !== map) each.jumpTo({ center: map.getCenter(), zoom: map.getZoom() });
    moving = false;
  });
  return () => joined.delete(map);
}
