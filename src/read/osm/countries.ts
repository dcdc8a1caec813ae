import type { LonLat } from '../../city/projection.ts';

/** What a country's law says where a sign does not, km/h; and on which side one drives. */
export interface Country {
  readonly code: string;
  readonly drivesOnLeft: boolean;
  readonly motorwayKmh: number;
  /** Out of town: with separate carriageways (trunk roads), and other roads. */
  readonly trunkKmh: number;
  readonly ruralKmh: number;
  readonly urbanKmh: number;
  readonly livingKmh: number;
}

/** Where no country can be told. */
const UNKNOWN = 'R 110 100 80 50 20';

/**
 * Side of driving and limits of cars in km/h by ISO 3166-1 code: motorway, trunk, out of town, in town, living street
 * (from the OpenStreetMap wiki's page "Default speed limits" and national law; miles converted).
 */
const TABLE: Readonly<Record<string, string>> = {
  AD: 'R 90 90 90 50 20',
  AR: 'R 130 110 110 60 20',
  AT: 'R 130 100 100 50 20',
  AU: 'L 110 100 100 50 20',
  BD: 'L 80 80 60 40 20',
  BE: 'R 120 120 70 50 20',
  BG: 'R 140 120 90 50 20',
  BR: 'R 110 100 60 60 30',
  CA: 'R 100 90 80 50 30',
  CH: 'R 120 100 80 50 20',
  CL: 'R 120 100 100 50 30',
  CN: 'R 120 80 70 50 20',
  CO: 'R 100 90 80 50 30',
  CY: 'L 100 80 80 50 20',
  CZ: 'R 130 110 90 50 20',
  DE: 'R 130 100 100 50 7',
  DK: 'R 130 80 80 50 15',
  EE: 'R 110 90 90 50 20',
  EG: 'R 120 100 90 60 20',
  ES: 'R 120 90 90 50 20',
  FI: 'R 120 80 80 50 20',
  FR: 'R 130 110 80 50 20',
  GB: 'L 112 112 96 48 32',
  GR: 'R 130 90 90 50 20',
  HK: 'L 110 80 70 50 30',
  HR: 'R 130 110 90 50 10',
  HU: 'R 130 110 90 50 20',
  ID: 'L 100 80 80 50 30',
  IE: 'L 120 100 80 50 20',
  IL: 'R 110 90 80 50 30',
  IN: 'L 100 80 70 50 30',
  IR: 'R 120 110 95 60 30',
  IT: 'R 130 110 90 50 20',
  JP: 'L 100 60 60 60 20',
  KE: 'L 110 100 100 50 30',
  KR: 'R 100 90 80 50 30',
  LI: 'R 80 80 80 50 20',
  LT: 'R 130 90 90 50 20',
  LU: 'R 130 90 90 50 20',
  LV: 'R 90 90 90 50 20',
  MA: 'R 120 100 100 60 20',
  MC: 'R 50 50 50 50 20',
  MT: 'L 80 80 80 50 20',
  MX: 'R 110 90 80 50 20',
  MY: 'L 110 90 90 60 30',
  NL: 'R 130 100 80 50 15',
  NO: 'R 110 80 80 50 20',
  NZ: 'L 100 100 100 50 30',
  PH: 'R 100 80 80 40 20',
  PK: 'L 120 90 80 50 30',
  PL: 'R 140 100 90 50 20',
  PT: 'R 120 100 90 50 20',
  RO: 'R 130 100 90 50 20',
  RS: 'R 130 100 80 50 10',
  RU: 'R 110 90 90 60 20',
  SA: 'R 120 100 80 50 30',
  SE: 'R 110 70 70 50 7',
  SG: 'L 90 70 60 50 30',
  SI: 'R 130 110 90 50 10',
  SK: 'R 130 90 90 50 20',
  TH: 'L 120 90 90 80 30',
  TR: 'R 130 110 90 50 20',
  TW: 'R 100 80 60 50 30',
  UA: 'R 130 110 90 50 20',
  US: 'R 105 89 89 40 24',
  VN: 'R 120 90 80 50 30',
  ZA: 'L 120 120 100 60 30',
};

/** Rough boxes (west, south, east, north), smaller countries before those around them; only a guess where no tag says. */
const BOXES: readonly (readonly [string, number, number, number, number])[] = [
  ['AD', 1.4, 42.42, 1.79, 42.66],
  ['MC', 7.4, 43.72, 7.44, 43.76],
  ['LI', 9.47, 47.04, 9.64, 47.27],
  ['LU', 5.73, 49.44, 6.53, 50.19],
  ['MT', 14.1, 35.7, 14.7, 36.1],
  ['SG', 103.6, 1.2, 104.1, 1.48],
  ['HK', 113.82, 22.15, 114.45, 22.56],
  ['CY', 32.2, 34.5, 34.6, 35.75],
  ['TW', 119.9, 21.8, 122.1, 25.4],
  ['IL', 34.2, 29.4, 35.7, 33.4],
  ['IE', -10.7, 51.3, -6.1, 55.4],
  ['GB', -8.7, 49.8, 1.8, 61],
  ['BE', 2.9, 49.5, 6, 51.3],
  ['NL', 3.3, 51, 7.1, 53.7],
  ['DK', 8, 54.8, 12.7, 57.8],
  ['CH', 6.1, 45.85, 10.3, 47.7],
  ['SI', 13.6, 45.4, 16.3, 46.7],
  ['AT', 10.3, 46.4, 17.1, 48.9],
  ['CZ', 12.3, 48.6, 18.8, 51],
  ['SK', 17, 47.8, 22.5, 49.6],
  ['HU', 16.2, 45.8, 22.8, 48.5],
  ['DE', 6, 47.4, 15, 55],
  ['PT', -9.6, 36.9, -6.5, 42.1],
  ['ES', -9.5, 35.9, 3.4, 43.7],
  ['FR', -5, 42.3, 8.2, 51.1],
  ['IT', 6.6, 36.5, 18.6, 47],
  ['PL', 14.1, 49, 24, 54.9],
  ['JP', 129, 30, 146, 45.7],
  ['KR', 126, 33, 129.6, 38.6],
  ['TH', 97.3, 5.6, 105.6, 20.4],
  ['MY', 99.6, 0.9, 119.3, 7.4],
  ['BD', 88, 20.6, 92.6, 26.6],
  ['IN', 68.2, 6.7, 89, 35.5],
  ['ID', 95, -11, 141, 0.9],
  ['AU', 112.9, -43.7, 153.7, -10.1],
  ['NZ', 166.4, -47.3, 178.6, -34.3],
  ['ZA', 16.4, -34.9, 32.9, -22.1],
  ['KE', 33.9, -4.7, 41.9, 5],
  ['CN', 97, 21.5, 123, 48],
  ['RU', 30.5, 50, 180, 77],
  ['US', -124.8, 24.5, -67, 49],
];

/** The codes `--country` takes. */
export const COUNTRY_CODES: readonly string[] = Object.keys(TABLE);

/** A country's defaults; those of an unknown one for an unknown code. */
export function getCountry(code: string): Country {
  const [side, motorway, trunk, rural, urban, living] = (TABLE[code] ?? UNKNOWN).split(' ');
  return {
    code: code in TABLE ? code : '',
    drivesOnLeft: side === 'L',
    motorwayKmh: Number(motorway),
    trunkKmh: Number(trunk),
    ruralKmh: Number(rural),
    urbanKmh: Number(urban),
    livingKmh: Number(living),
  };
}

/**
 * The country of an extract: the code most often named in its tags when that is named at least `LEAST_VOTES` times,
 * otherwise the box its middle lies in; an empty code when neither tells.
 */
export function guessCountry(votes: ReadonlyMap<string, number>, [lon, lat]: LonLat): string {
  const known = [...votes].filter(([code]) => code in TABLE).sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  const box = BOXES.find(([, west, south, east, north]) => lon >= west && lon <= east && lat >= south && lat <= north);
  const [first] = known;
  if (first !== undefined && first[1] >= LEAST_VOTES) return first[0];
  return box?.[0] ?? first?.[0] ?? '';
}

/** Fewer addresses than this may be of a neighbour beyond the border. */
const LEAST_VOTES = 20;
