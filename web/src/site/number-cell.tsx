import { useEffect, useState } from 'react';

interface NumberCellProps {
  readonly value: number;
  readonly least: number;
  readonly most: number;
  readonly step?: number;
  readonly label: string;
  readonly isCorrected: boolean;
  readonly set: (value: number) => void;
}

/** A number that can be typed over; only a sound one is passed on. */
export function NumberCell({ value, least, most, step = 1, label, isCorrected, set }: NumberCellProps) {
  const [typed, setTyped] = useState(String(value));
  useEffect(() => setTyped(String(value)), [value]);
  return (
    <input
      type="number"
      className={isCorrected ? 'number corrected' : 'number'}
      aria-label={label}
      value={typed}
      min={least}
      max={most}
      step={step}
      onChange={(event) => {
        setTyped(event.target.value);
        const next = Number(event.target.value);
        if (event.target.value !== '' && next >= least && next <= most && next !== value) set(next);
      }}
    />
  );
}
