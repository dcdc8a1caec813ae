import type { TurnName } from '../../../src/server/wire.ts';

const ARROWS = {
  'u-turn': 'M5 14V7a3 3 0 0 1 6 0v6M8.6 10.8 11 13.2l2.4-2.4',
  left: 'M11 14V9a2 2 0 0 0-2-2H3.4M6 4.2 3.2 7 6 9.8',
  straight: 'M8 14V3M5.2 5.8 8 3l2.8 2.8',
  right: 'M5 14V9a2 2 0 0 1 2-2h5.6M10 4.2 12.8 7 10 9.8',
} as const;

interface ArrowProps {
  readonly turn: TurnName;
  readonly lamp: string;
  readonly label: string;
}

/** A turn in the colour of its lamp; barred when it may not go, so that colour alone never tells. */
export function Arrow({ turn, lamp, label }: ArrowProps) {
  return (
    <svg viewBox="0 0 16 16" className={`arrow lamp-${lamp}`} role="img" aria-label={label}>
      <title>{label}</title>
      <path d={ARROWS[turn]} />
      {lamp === 'r' && <path d="M2 2l12 12" className="bar" />}
    </svg>
  );
}
