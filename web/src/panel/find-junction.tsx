import { useId, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { MapDocument } from '../../../src/server/wire.ts';
import { usePage } from '../store.ts';

/** The way to a junction by keyboard: type its id or its streets. */
export function FindJunction({ map }: { readonly map: MapDocument }) {
  const { t } = useTranslation();
  const list = useId();
  const [typed, setTyped] = useState('');
  const places = useMemo(
    () =>
      map.junctions
        .filter(({ signal }) => signal >= 0)
        .map(({ id, name }) => ({ id, label: name === '' ? id : `${name} · ${id}` })),
    [map],
  );
  return (
    <form
      className="find"
      onSubmit={(event) => {
        event.preventDefault();
        const wanted = typed.trim().toLowerCase();
        const found = (
          places.find(({ id, label }) => id === typed || label === typed) ??
          places.find(({ label }) => label.toLowerCase().includes(wanted))
        )?.id;
        if (wanted !== '' && found !== undefined) {
          usePage.setState({ junction: found, goTo: { id: found } });
          setTyped('');
        }
      }}
    >
      <input
        type="search"
        list={list}
        value={typed}
        placeholder={t('junction.find')}
        aria-label={t('junction.find')}
        onChange={(event) => setTyped(event.target.value)}
      />
      <datalist id={list}>
        {places.map(({ id, label }) => (
          <option key={id} value={label} />
        ))}
      </datalist>
    </form>
  );
}
