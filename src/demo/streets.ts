import type { District, Polyline, Turn } from '../city/city.ts';

/**
 * The demo city as drawn: named streets as lines through points (x, y in metres, north up), smoothed when woven.
 * Streets meet where their lines cross; one that ends near another is joined to it; one without a bridge stops at the
 * water. Nothing here is a real place.
 */
export interface Street {
  readonly name: string;
  readonly kind: 'boulevard' | 'arterial' | 'collector' | 'local';
  readonly points: Polyline;
  readonly closed?: true;
  readonly bridge?: true;
}

/** 'x,y x,y ...' as a line. */
function drawn(points: string): Polyline {
  return points.split(/[ ,]/).map(Number);
}

const boulevard = (name: string, points: string): Street => ({ name, kind: 'boulevard', points: drawn(points) });
const arterial = (name: string, points: string): Street => ({ name, kind: 'arterial', points: drawn(points) });
const collector = (name: string, points: string): Street => ({ name, kind: 'collector', points: drawn(points) });
const local = (name: string, points: string): Street => ({ name, kind: 'local', points: drawn(points) });
const bridged = (street: Street): Street => ({ ...street, bridge: true });
const ring = (street: Street): Street => ({ ...street, closed: true });

export const RIVER = drawn(
  '-4100,-960 -2700,-1180 -1700,-1000 -800,-560 100,-380 1000,-560 1800,-980 2700,-1150 4100,-860',
);
export const RIVER_HALF_WIDTH_M = 115;

export const LAKE = drawn(
  '-2520,520 -2440,790 -2200,930 -1900,900 -1690,760 -1620,560 -1700,330 -1900,190 -2160,150 -2400,280',
);

/** Where parks and hills lie (closed outlines, smoothed). */
export const GREENS: readonly Polyline[] = [
  drawn('-2790,1010 -2830,500 -2620,60 -2350,20 -2150,80 -2400,200 -2580,480 -2500,830 -2300,1010'),
  drawn('-3300,1850 -3000,1750 -2600,1780 -2250,1900 -2350,2250 -2900,2450 -3350,2350'),
  drawn('540,880 700,860 740,1010 640,1130 520,1040'),
  drawn('-300,-1130 250,-1090 300,-1330 0,-1380 -330,-1320'),
  drawn('2960,20 3300,0 3300,300 2960,320'),
  drawn('-1460,-1820 -1180,-1720 -1020,-1990 -1260,-2160 -1500,-2060'),
  drawn('-1000,-350 -850,-460 -720,-340 -830,-230'),
  drawn('1960,1010 2240,1030 2230,1160 1960,1150'),
  drawn('60,830 130,830 140,910 60,920'),
];

export const STREETS: readonly Street[] = [
  // the great streets
  bridged(boulevard("People's Avenue", '-70,2480 -80,1700 -75,900 -60,200 -20,-250 20,-600 10,-1300 -50,-2480')),
  arterial('Liberation Road', '-3480,1180 -2600,1110 -1900,1060 -1250,890 -560,750 430,720 1180,790 2200,900 3480,800'),
  bridged(arterial('Phoenix Avenue', '390,450 800,90 1300,-250 1610,-590 1770,-950 1990,-1360 2120,-1760 2200,-2480')),
  arterial('North Phoenix Avenue', '-2480,2480 -1900,1960 -1400,1500 -930,1190 -430,1010'),
  bridged(arterial('Dragon Well Road', '-470,400 -980,40 -1500,-420 -1950,-800 -2180,-1300 -2290,-1800 -2380,-2480')),
  bridged(arterial('Harbour Bridge Road', '2780,2480 2830,900 2880,0 2900,-900 2880,-1600 2840,-2480')),
  // rings
  ring(collector('Drum Tower Ring', '-570,740 -450,1080 -70,1230 320,1110 440,730 320,360 -60,230 -450,390')),
  ring(
    arterial(
      'Second Ring Road',
      '-1220,690 -1060,1330 -560,1760 260,1850 920,1580 1190,950 1110,230 720,-120 80,-130 -640,-180 -1080,170',
    ),
  ),
  arterial(
    'Third Ring Road',
    '-1740,1810 -1280,2010 -640,2120 200,2150 1080,2070 1740,1700 1930,950 1880,250 1860,-390 1960,-800',
  ),
  collector(
    'Canal Street',
    '-740,-120 -900,330 -890,830 -680,1290 -230,1540 320,1530 730,1240 850,780 770,330 440,30 300,-140',
  ),
  // old town lanes
  local('Silk Lane', '-490,560 165,510'),
  local('Tea Lane', '-560,880 400,950'),
  local('Lantern Street', '170,240 190,760 150,1190'),
  local('Bell Street', '-270,300 -320,740 -290,1160'),
  local('Pagoda Lane', '430,620 840,600'),
  local('Mulberry Lane', '-560,640 -890,610'),
  local('Orchid Lane', '-180,1230 -230,1540'),
  local('Scholar Lane', '320,1110 330,1530'),
  // north
  collector('Orchard Road', '-620,1330 -660,1740 -700,2120 -720,2480'),
  collector('Station Avenue', '500,1400 560,1760 590,2130 620,2480'),
  collector('Airport Road', '320,1110 640,1320 940,1590 1210,1960 1420,2480'),
  local('Pear Street', '-1080,1300 -1160,1650 -1190,2040'),
  // university
  collector('Campus Road', '-3480,1560 -2700,1600 -2100,1540 -1520,1600'),
  collector('Library Road', '-2010,1070 -2060,1540 -1960,2010'),
  collector('West Hill Road', '-2960,2480 -3000,1550 -2960,800 -2990,-100 -2930,-950'),
  local('Poplar Street', '-1420,930 -1480,1570'),
  local('Elm Grove', '-2520,1120 -2500,1600'),
  // lake and west
  collector('Lakeside Road', '-2760,1120 -2840,560 -2640,110 -2200,-40 -1800,20 -1500,300 -1420,640 -1390,920'),
  collector('South Lake Road', '-3480,-150 -2990,-130 -2400,-230 -1800,-200 -1180,-120'),
  collector('Riverside West', '-3480,-860 -2700,-960 -1800,-790 -1250,-560 -760,-180'),
  local('Bamboo Road', '-1420,-170 -1330,-520'),
  local('Reed Road', '-2330,-30 -2400,-930'),
  local('Fisher Road', '-1620,-500 -2100,-520 -2960,-500'),
  // high-tech east
  collector('Photon Road', '900,1590 1650,1650 2300,1700 2800,1640 3480,1620'),
  collector('Circuit Road', '1130,1190 1820,1260 2320,1320 2820,1260 3480,1230'),
  collector('Silicon Road', '1160,420 1880,470 2340,500 2850,440 3480,430'),
  collector('Dock Road', '1070,170 1440,40 1830,20 2360,60 2880,-60 3480,-40'),
  collector('Innovation Road', '2240,2130 2310,1500 2340,500 2360,-300 2300,-820'),
  collector('Riverside East', '800,-90 1100,-330 1460,-560 1740,-720 2300,-910 2900,-890 3480,-760'),
  local('Foundry Street', '1880,-390 2360,-420 2880,-440 3300,-420'),
  local('Quantum Street', '2080,480 2100,30'),
  local('Lab Street', '2570,1700 2590,1290'),
  local('Customs Street', '3200,430 3220,-60 3240,-420 3230,-820'),
  local('Garden Street', '1500,1900 1960,2020 2240,2130 2790,2120'),
  // south bank
  arterial(
    'South Embankment',
    '-3480,-1310 -2700,-1390 -1700,-1210 -800,-770 100,-590 1000,-770 1800,-1190 2700,-1360 3480,-1230',
  ),
  arterial(
    'Jiangnan Avenue',
    '-3480,-1700 -2600,-1760 -1600,-1580 -700,-1180 100,-1000 950,-1170 1700,-1560 2500,-1760 3480,-1670',
  ),
  collector(
    'Lantern Festival Street',
    '-3480,-2110 -2400,-2160 -1500,-2020 -600,-1620 100,-1450 900,-1600 1600,-1950 2400,-2160 3480,-2090',
  ),
  local('Chrysanthemum Street', '-970,-2220 -600,-2000 60,-1850 850,-1990 1400,-2290 1640,-2330'),
  collector('Willow Street', '-1380,-1060 -1260,-1450 -1000,-1830 -1020,-2480'),
  collector('Plum Street', '-800,-770 -690,-1180 -560,-1640 -530,-2480'),
  collector('Lotus Street', '430,-620 470,-1040 480,-1500 430,-1890 460,-2480'),
  collector('Maple Street', '800,-700 790,-1130 780,-1570 820,-2000 760,-2480'),
  collector('Cedar Street', '1540,-1050 1560,-1490 1620,-1960 1700,-2480'),
  local('Ginkgo Street', '2420,-1310 2450,-1750 2480,-2160 2460,-2480'),
  local('Pine Street', '3220,-1290 3200,-1700 3220,-2120'),
  collector('Oak Street', '-1830,-1250 -1900,-1650 -1820,-2090 -1860,-2480'),
  local('Camphor Street', '-2780,-1390 -2760,-1760 -2820,-2140'),
  local('Lily Street', '-2290,-1930 -1860,-1840'),
];

/** Lanes marked otherwise than usual, from the kerb, on the street's piece towards a crossing from one side of it. */
export const MARKINGS: readonly {
  readonly street: string;
  readonly crossing: string;
  readonly from: 'west' | 'east';
  readonly lanes: readonly (readonly Turn[])[];
}[] = [
  // half of South Embankment turns onto the long bridge
  {
    street: 'South Embankment',
    crossing: "People's Avenue",
    from: 'west',
    lanes: [['right', 'straight'], ['left'], ['left']],
  },
];

/** The elevated road: the line of its median, and the streets it has ramps to where it crosses over them. */
export const EXPRESSWAY = {
  name: 'Skyway Viaduct',
  points: drawn('1300,2560 1430,1950 1530,1250 1530,500 1430,-50 1250,-560 1170,-1150 1170,-1700 1270,-2560'),
  interchanges: ['Photon Road', 'Liberation Road', 'Dock Road', 'Jiangnan Avenue'],
} as const;

/** Districts by a point in their middle: each takes the ground nearer to it than to the others on its side of the river. */
export const DISTRICTS: readonly (Pick<District, 'id' | 'name' | 'nameZh'> & {
  readonly x: number;
  readonly y: number;
  readonly bank: 'north' | 'south';
  /** Shares of the morning's departures and of its destinations. */
  readonly homes: number;
  readonly jobs: number;
})[] = [
  { id: 'old-town', name: 'Old Town', nameZh: '老城区', x: -70, y: 720, bank: 'north', homes: 5, jobs: 20 },
  { id: 'riverfront', name: 'Riverfront', nameZh: '滨江商务区', x: 620, y: 0, bank: 'north', homes: 3, jobs: 17 },
  { id: 'station', name: 'Station Quarter', nameZh: '站前区', x: 250, y: 1950, bank: 'north', homes: 11, jobs: 9 },
  { id: 'orchards', name: 'Orchards', nameZh: '果园新村', x: -950, y: 1850, bank: 'north', homes: 10, jobs: 3 },
  { id: 'university', name: 'University Town', nameZh: '大学城', x: -2350, y: 1600, bank: 'north', homes: 9, jobs: 7 },
  { id: 'lakeside', name: 'Lakeside', nameZh: '湖滨区', x: -1950, y: 350, bank: 'north', homes: 5, jobs: 5 },
  { id: 'reeds', name: 'Reed Banks', nameZh: '芦苇湾', x: -2200, y: -550, bank: 'north', homes: 10, jobs: 2 },
  { id: 'high-tech', name: 'High-Tech Park', nameZh: '高新区', x: 2350, y: 1150, bank: 'north', homes: 7, jobs: 17 },
  { id: 'harbour', name: 'Harbour', nameZh: '港口区', x: 2450, y: -300, bank: 'north', homes: 6, jobs: 9 },
  { id: 'willows', name: 'Willow Bend', nameZh: '柳湾', x: -1900, y: -1750, bank: 'south', homes: 12, jobs: 4 },
  { id: 'jiangnan', name: 'Jiangnan New Town', nameZh: '江南新城', x: 0, y: -1500, bank: 'south', homes: 12, jobs: 9 },
  { id: 'cedars', name: 'Cedar Hills', nameZh: '雪松岭', x: 2150, y: -1800, bank: 'south', homes: 11, jobs: 4 },
];
