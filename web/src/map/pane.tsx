import { MapLibreOverlay } from '@deck.gl/maplibre';
import { type MapGeoJSONFeature, Map as MapLibre, type PointLike, ScaleControl, setWorkerUrl } from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url';
import { useEffect, useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { SiteDocument } from '../../../src/server/site.ts';
import type { MapDocument, RunName } from '../../../src/server/wire.ts';
import { fromLngLat, toLngLat } from '../plane.ts';
import { createPoses } from '../playback.ts';
import { useSite } from '../site/store.ts';
import { playback, usePage } from '../store.ts';
import { currentLanguage } from '../words/words.ts';
import { goNear, joinCamera } from './camera.ts';
import { type CityFeatures, originOf } from './features.ts';
import { SignalHeads, Vehicles, type View } from './moving.ts';
import { findOnSite, SiteLayer } from './site-layer.ts';
import { createStyle } from './style.ts';

setWorkerUrl(workerUrl);

const SPEED_EVERY_MS = 2000;
const NEAR_PX = 9;
const NEAR_ZOOM = 17.2;
/** Near enough to see detectors. */
const SITE_ZOOM = 18.2;

interface PaneProps {
  readonly run: RunName;
  readonly map: MapDocument;
  readonly features: CityFeatures;
}

/** One run on the map: the city below, its traffic above. */
export function MapPane({ run, map, features }: PaneProps) {
  const { t, i18n } = useTranslation();
  const box = useRef<HTMLDivElement>(null);
  const view = useRef<MapView | null>(null);
  const junction = usePage((page) => page.junction);
  const goTo = usePage((page) => page.goTo);
  const present = usePage((page) => page.state?.figures[run].present ?? 0);
  const number = useMemo(() => new Intl.NumberFormat(i18n.language), [i18n.language]);

  useEffect(() => {
    if (box.current === null) return;
    const made = new MapView(box.current, run, map, features);
    view.current = made;
    return () => {
      view.current = null;
      made.remove();
    };
  }, [run, map, features]);
  useEffect(() => view.current?.setLanguage(i18n.language === 'zh' ? 'zh' : 'en'), [i18n.language]);
  useEffect(() => view.current?.select(junction), [junction]);
  useEffect(() => {
    if (goTo !== null) view.current?.goTo(goTo.id);
  }, [goTo]);

  return (
    <section className={`pane pane-${run}`} aria-label={t(`run.${run}`)}>
      <div className="pane-map" ref={box} />
      <header className="pane-title">
        <strong>{t(`run.${run}`)}</strong>
        <span>
          {t(`plans.${run}`, {
            controller: t(`controller.${map.controller}`, { defaultValue: map.controller }),
            sensors: t(`sensors.${map.sensors}`, { defaultValue: map.sensors }),
          })}
        </span>
        <span className="number">{t('vehicles', { n: number.format(present) })}</span>
      </header>
    </section>
  );
}

/** MapLibre with the moving layers over it; draws a frame only when something has moved. */
class MapView {
  readonly #run: RunName;
  readonly #city: MapDocument;
  readonly #map: MapLibre;
  readonly #overlay = new MapLibreOverlay({
    interleaved: false,
    layers: [],
    deviceProps: { webgl: { antialias: false } },
  });
  readonly #poses = createPoses();
  readonly #vehicles: Vehicles;
  readonly #heads: SignalHeads;
  readonly #site: SiteLayer;
  /** The site drawn last, and what was selected on it. */
  #lastSite: SiteDocument | null = null;
  #lastSelected: string | null = null;
  readonly #leaveCamera: () => void;
  #speeds: Uint8Array | null = null;
  #speedsAtMs = 0;
  #hovered: number | null = null;
  #selected: number | null = null;
  #frame = 0;
  #drawnMs = -1;
  #drawn: View = { zoom: -1, west: 0, south: 0, east: 0, north: 0 };

  constructor(box: HTMLElement, run: RunName, city: MapDocument, features: CityFeatures) {
    this.#run = run;
    this.#city = city;
    const origin = originOf(city);
    this.#heads = new SignalHeads(city, origin);
    this.#vehicles = new Vehicles(city, origin);
    this.#site = new SiteLayer(origin);
    const [west, south, east, north] = city.bounds;
    this.#map = new MapLibre({
      container: box,
      style: createStyle(features, currentLanguage()),
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      maxPitch: 0,
      maxZoom: 20.5,
      renderWorldCopies: false,
      fadeDuration: 0,
    });
    this.#map.touchZoomRotate.disableRotation();
    this.#map.keyboard.disableRotation();
    this.#map.addControl(new ScaleControl({ maxWidth: 110 }), 'bottom-right');
    this.#map.addControl(this.#overlay);
    this.#leaveCamera = joinCamera(this.#map, [toLngLat(origin, west, south), toLngLat(origin, east, north)]);
    this.#map.on('load', () => {
      this.select(usePage.getState().junction);
      this.#map.getContainer().dataset.ready = 'true';
    });
    this.#map.on('mousemove', (event) => this.#hover(this.#junctionAt(event.point)));
    this.#map.on('mouseout', () => this.#hover(null));
    this.#map.on('click', (event) => {
      if (this.#selectOnSite(event.lngLat)) return;
      const found = this.#junctionAt(event.point);
      usePage.setState({ junction: found === null ? null : (city.junctions[found]?.id ?? null) });
    });
    this.#frame = requestAnimationFrame((now) => this.#draw(now));
  }

  remove(): void {
    cancelAnimationFrame(this.#frame);
    this.#leaveCamera();
    this.#map.remove();
  }

  setLanguage(language: 'en' | 'zh'): void {
    if (this.#map.getLayer('district-name'))
      this.#map.setLayoutProperty('district-name', 'text-field', ['get', language]);
  }

  /** Marks a junction, or none. */
  select(id: string | null): void {
    if (!this.#map.getSource('signals')) return;
    const index = this.#city.junctions.findIndex((junction) => junction.id === id);
    if (this.#selected !== null) this.#mark(this.#selected, { selected: false });
    this.#selected = index >= 0 ? index : null;
    if (index >= 0) this.#mark(index, { selected: true });
  }

  /** Goes to a junction, near enough to see its lamps. */
  goTo(id: string): void {
    const junction = this.#city.junctions.find((each) => each.id === id);
    if (junction === undefined) return;
    goNear(
      this.#map,
      toLngLat(originOf(this.#city), junction.x, junction.y),
      useSite.getState().isOpen ? SITE_ZOOM : NEAR_ZOOM,
    );
  }

  #draw(now: number): void {
    this.#frame = requestAnimationFrame((next) => this.#draw(next));
    playback.advance(now);
    const view = this.#view();
    const { site, selected, isOpen } = useSite.getState();
    const { junction } = usePage.getState();
    const shownSite = isOpen && site !== null && site.junction === junction ? site : null;
    const isSameSite = this.#lastSite === shownSite && this.#lastSelected === selected;
    const isSame =
      isSameSite &&
      playback.timeMs === this.#drawnMs &&
      view.zoom === this.#drawn.zoom &&
      view.west === this.#drawn.west;
    if (isSame && view.south === this.#drawn.south && view.east === this.#drawn.east) return;
    this.#drawnMs = playback.timeMs;
    this.#drawn = view;
    this.#lastSite = shownSite;
    this.#lastSelected = selected;
    playback.pose(this.#run, originOf(this.#city), this.#poses);
    const scene = playback.scene(this.#run);
    const below = shownSite === null ? null : this.#site.layer(shownSite, selected);
    this.#overlay.setProps({
      layers: [below, this.#heads.layer(scene, view), this.#vehicles.layer(this.#poses, view)],
    });
    if (scene !== null && now - this.#speedsAtMs > SPEED_EVERY_MS && this.#map.isSourceLoaded('roads')) {
      this.#speedsAtMs = now;
      this.#colourRoads(scene.roads);
    }
  }

  /** Selects the detector or lane of the open site that was pressed; false for none. */
  #selectOnSite({ lng, lat }: { readonly lng: number; readonly lat: number }): boolean {
    if (this.#lastSite === null) return false;
    const [x, y] = fromLngLat(lng, lat);
    const origin = originOf(this.#city);
    const found = findOnSite(this.#lastSite, x + origin.x, y + origin.y);
    if (found === null) return false;
    useSite.setState({ selected: found });
    return true;
  }

  #view(): View {
    const bounds = this.#map.getBounds();
    const [west, south] = fromLngLat(bounds.getWest(), bounds.getSouth());
    const [east, north] = fromLngLat(bounds.getEast(), bounds.getNorth());
    return { zoom: this.#map.getZoom(), west, south, east, north };
  }

  #colourRoads(classes: Uint8Array): void {
    const before = this.#speeds;
    for (let road = 0; road < classes.length; road++) {
      if (before === null || before[road] !== classes[road]) {
        this.#map.setFeatureState({ source: 'roads', id: road }, { speed: classes[road] });
      }
    }
    this.#speeds = classes;
  }

  #junctionAt({ x, y }: { readonly x: number; readonly y: number }): number | null {
    if (!this.#map.getLayer('signal-selected')) return null;
    const near: [PointLike, PointLike] = [
      [x - NEAR_PX, y - NEAR_PX],
      [x + NEAR_PX, y + NEAR_PX],
    ];
    const found = this.#map.queryRenderedFeatures(near, {
      layers: ['signal-ring', 'ground-junctions', 'elevated-junctions'],
    });
    const best = found.find(isSignal) ?? found[0];
    return typeof best?.id === 'number' ? best.id : null;
  }

  #hover(index: number | null): void {
    if (index === this.#hovered) return;
    if (this.#hovered !== null) this.#mark(this.#hovered, { hover: false });
    if (index !== null) this.#mark(index, { hover: true });
    this.#hovered = index;
    this.#map.getCanvas().style.cursor = index === null ? '' : 'pointer';
  }

  #mark(index: number, state: { hover?: boolean; selected?: boolean }): void {
    this.#map.setFeatureState({ source: 'signals', id: index }, state);
  }
}

function isSignal(feature: MapGeoJSONFeature): boolean {
  return feature.layer.id === 'signal-ring' || feature.properties.signal === true;
}
