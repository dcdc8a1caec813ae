import type {
  DataDrivenPropertyValueSpecification,
  ExpressionSpecification,
  LayerSpecification,
  StyleSpecification,
} from 'maplibre-gl';
import { PALETTE, SPEED_RAMP } from '../palette.ts';
import { PIXELS_PER_METRE_AT_0 } from '../plane.ts';
import type { Language } from '../words/words.ts';
import type { CityFeatures } from './features.ts';

const FONT = ['Inter', 'SF Pro Text', 'Segoe UI', 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', 'sans-serif'];
const ZOOMS = Array.from({ length: 16 }, (_, i) => 8 + i);

type Width = DataDrivenPropertyValueSpecification<number>;

/** A width in metres as pixels at every zoom, never under `least` pixels. */
function metres(width: number | ExpressionSpecification, least: number, plus = 0): Width {
  const stops = ZOOMS.flatMap((zoom) => [
    zoom,
    ['+', ['max', least, ['*', width, PIXELS_PER_METRE_AT_0 * 2 ** zoom]], plus],
  ]);
  return ['interpolate', ['exponential', 2], ['zoom'], ...stops] as unknown as Width;
}

const WIDTH: ExpressionSpecification = ['get', 'w'];
const SPEED_CLASS: ExpressionSpecification = ['coalesce', ['feature-state', 'speed'], 0];
const AT_LEVEL = (elevated: boolean): ExpressionSpecification =>
  elevated ? ['>', ['get', 'level'], 0] : ['<=', ['get', 'level'], 0];

const SPEED_COLOUR: ExpressionSpecification = [
  'match',
  SPEED_CLASS,
  1,
  SPEED_RAMP[1],
  2,
  SPEED_RAMP[2],
  3,
  SPEED_RAMP[3],
  4,
  SPEED_RAMP[4],
  5,
  SPEED_RAMP[5],
  SPEED_RAMP[0],
];

/** Roads of one level: surface, edge, markings, and the speed as a coloured thread that leaves room for vehicles when near. */
function roadLayers(elevated: boolean): LayerSpecification[] {
  const id = elevated ? 'elevated' : 'ground';
  const surface = elevated ? PALETTE.elevated : PALETTE.asphalt;
  const edge = elevated ? PALETTE.elevatedEdge : PALETTE.asphaltEdge;
  const filter = AT_LEVEL(elevated);
  const round = { 'line-cap': elevated ? 'round' : 'butt', 'line-join': 'round' } as const;
  return [
    {
      id: `${id}-edge`,
      type: 'line',
      source: 'roads',
      filter,
      layout: round,
      paint: {
        'line-color': edge,
        'line-width': metres(WIDTH, elevated ? 3 : 1.2, elevated ? 5 : 1.5),
        'line-opacity': elevated ? 0.85 : 1,
      },
    },
    { id: `${id}-junctions`, type: 'fill', source: 'junctions', filter, paint: { 'fill-color': surface } },
    {
      id: `${id}-surface`,
      type: 'line',
      source: 'lanes',
      filter,
      layout: round,
      paint: { 'line-color': surface, 'line-width': metres(['+', WIDTH, 0.1], elevated ? 1.6 : 0.8) },
    },
    {
      id: `${id}-speed`,
      type: 'line',
      source: 'roads',
      filter,
      layout: { 'line-cap': 'butt', 'line-join': 'round' },
      paint: {
        'line-color': SPEED_COLOUR,
        'line-width': metres(['*', WIDTH, 0.96], elevated ? 2.4 : 1.8),
        'line-offset': ['interpolate', ['linear'], ['zoom'], 10, 0.6, 13, 1.4, 15.5, 0.6, 16.5, 0],
        'line-opacity': ['interpolate', ['linear'], ['zoom'], 14.5, 0.95, 16.5, 0.32, 18, 0.2],
      },
    },
    {
      id: `${id}-markings`,
      type: 'line',
      source: 'markings',
      filter,
      minzoom: 15.8,
      paint: {
        'line-color': PALETTE.marking,
        'line-width': metres(0.14, 0.6),
        'line-dasharray': [8, 10],
        'line-opacity': ['interpolate', ['linear'], ['zoom'], 15.8, 0, 16.6, 0.7],
      },
    },
  ];
}

/** The base map: the city itself and nothing from elsewhere. */
export function createStyle(city: CityFeatures, language: Language): StyleSpecification {
  const geojson = (data: CityFeatures[keyof CityFeatures]) => ({ type: 'geojson', data, tolerance: 0.2 }) as const;
  return {
    version: 8,
    sources: {
      ground: geojson(city.ground),
      districts: geojson(city.districts),
      'district-names': geojson(city.districtNames),
      roads: geojson(city.roads),
      lanes: geojson(city.lanes),
      markings: geojson(city.markings),
      'road-names': geojson(city.roadNames),
      junctions: geojson(city.junctions),
      signals: geojson(city.signals),
    },
    layers: [
      { id: 'land', type: 'background', paint: { 'background-color': PALETTE.land } },
      {
        id: 'district',
        type: 'fill',
        source: 'districts',
        paint: { 'fill-color': PALETTE.city, 'fill-antialias': false },
      },
      {
        id: 'district-edge',
        type: 'line',
        source: 'districts',
        paint: { 'line-color': PALETTE.district, 'line-width': 1, 'line-dasharray': [2, 4], 'line-opacity': 0.35 },
      },
      {
        id: 'green',
        type: 'fill',
        source: 'ground',
        filter: ['==', ['get', 'kind'], 'green'],
        paint: { 'fill-color': PALETTE.green },
      },
      {
        id: 'water',
        type: 'fill',
        source: 'ground',
        filter: ['==', ['get', 'kind'], 'water'],
        paint: { 'fill-color': PALETTE.water },
      },
      {
        id: 'water-edge',
        type: 'line',
        source: 'ground',
        filter: ['==', ['get', 'kind'], 'water'],
        paint: { 'line-color': PALETTE.waterEdge, 'line-width': 1.2 },
      },
      {
        id: 'bridge',
        type: 'fill',
        source: 'ground',
        filter: ['==', ['get', 'kind'], 'bridge'],
        paint: { 'fill-color': PALETTE.bridge },
      },
      ...roadLayers(false),
      ...roadLayers(true),
      {
        id: 'signal-ring',
        type: 'circle',
        source: 'signals',
        maxzoom: 17.5,
        paint: {
          'circle-radius': ['interpolate', ['linear'], ['zoom'], 10, 1, 13, 2.2, 16, 5],
          'circle-color': PALETTE.land,
          'circle-stroke-color': [
            'case',
            ['boolean', ['feature-state', 'hover'], false],
            PALETTE.selected,
            PALETTE.junctionRing,
          ],
          'circle-stroke-width': ['case', ['boolean', ['feature-state', 'hover'], false], 2, 1],
          'circle-opacity': ['interpolate', ['linear'], ['zoom'], 15, 0.9, 16.5, 0],
          'circle-stroke-opacity': ['interpolate', ['linear'], ['zoom'], 11, 0.25, 13, 0.9, 16, 0.7, 17.5, 0],
        },
      },
      {
        id: 'signal-selected',
        type: 'circle',
        source: 'signals',
        paint: {
          'circle-radius': ['interpolate', ['exponential', 1.7], ['zoom'], 12, 9, 16, 26, 18, 80],
          'circle-color': 'rgba(0,0,0,0)',
          'circle-stroke-color': PALETTE.selected,
          'circle-stroke-width': 1.6,
          'circle-stroke-opacity': ['case', ['boolean', ['feature-state', 'selected'], false], 0.9, 0],
        },
      },
      {
        id: 'road-name',
        type: 'symbol',
        source: 'road-names',
        minzoom: 14,
        layout: {
          'symbol-placement': 'line',
          'text-field': ['get', 'name'],
          'text-font': FONT,
          'text-size': ['interpolate', ['linear'], ['zoom'], 14, 10.5, 18, 14],
          'symbol-spacing': 420,
          'text-max-angle': 30,
          'text-letter-spacing': 0.03,
          'text-padding': 12,
        },
        paint: { 'text-color': PALETTE.label, 'text-halo-color': PALETTE.labelHalo, 'text-halo-width': 1.4 },
      },
      {
        id: 'district-name',
        type: 'symbol',
        source: 'district-names',
        maxzoom: 16,
        layout: {
          'text-field': ['get', language],
          'text-font': FONT,
          'text-size': ['interpolate', ['linear'], ['zoom'], 11, 9, 12.5, 11, 14, 15],
          'text-max-width': 9,
          'text-letter-spacing': 0.14,
          'text-transform': 'uppercase',
        },
        paint: {
          'text-color': PALETTE.districtLabel,
          'text-halo-color': PALETTE.labelHalo,
          'text-halo-width': 1.6,
          'text-opacity': ['interpolate', ['linear'], ['zoom'], 14, 0.75, 16, 0],
        },
      },
    ],
  };
}
